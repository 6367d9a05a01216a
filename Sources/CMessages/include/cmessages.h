#ifndef CMESSAGES_H
#define CMESSAGES_H

#include <stddef.h>
#include <stdint.h>

/// The few calls of MPI that cnnzoo makes, without MPI's types: its constants are C macros that Swift cannot import.
///
/// All calls but `messages_abort` are made on one thread, the one of `messages_start`. A call returns 0, or an error
/// code of MPI that `messages_error` describes. A transfer is started, then tested until it is done; only start and
/// finish wait by themselves.

/// Two streams of messages that do not overtake within themselves and do not wait for each other.
enum { MESSAGES_STREAMS = 2 };

/// Joins the processes that the launcher has started.
int messages_start(int *rank, int *count);

/// Leaves them; waits for all of them.
int messages_finish(void);

/// Ends all of them with an exit status.
void messages_abort(int status);

/// Describes an error code in at most `capacity` bytes with the final zero.
void messages_error(int code, char *text, size_t capacity);

/// A transfer that may be under way.
typedef struct messages_transfer messages_transfer;

/// Room for a transfer on a stream; `NULL` if there is no memory.
messages_transfer *messages_transfer_create(int stream);
void messages_transfer_destroy(messages_transfer *transfer);

/// Sends bytes to one process and receives bytes from one; a negative number stands for no process. At most 2^31 - 1 of each.
int messages_start_exchange(messages_transfer *transfer, const void *out, size_t out_bytes, int to, void *in,
                            size_t in_bytes, int from);

/// Collects a block of each process in each process: `blocks` are as many as processes, that of the own rank filled in.
int messages_start_collect(messages_transfer *transfer, void *blocks, size_t block_bytes);

/// Copies bytes of the first process to all others; at most 2^31 - 1.
int messages_start_broadcast(messages_transfer *transfer, void *bytes, size_t count);

/// Moves all transfers on, and says whether this one is done.
int messages_test(messages_transfer *transfer, int *is_done);

#endif
