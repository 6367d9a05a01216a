#include "cmessages.h"

// Without the package's trait `MPI` this file is empty.
#ifdef CNNZOO_MPI

#include <limits.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static MPI_Comm streams[MESSAGES_STREAMS];

struct messages_transfer {
  MPI_Comm comm;
  MPI_Request requests[2];
};

int messages_start(int *rank, int *count) {
  // The thread that calls this makes all calls.
  int provided;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  if (code != MPI_SUCCESS) return code;
  // Errors come back as codes instead of ending the process.
  if ((code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN)) != MPI_SUCCESS) return code;
  if ((code = MPI_Comm_rank(MPI_COMM_WORLD, rank)) != MPI_SUCCESS) return code;
  if ((code = MPI_Comm_size(MPI_COMM_WORLD, count)) != MPI_SUCCESS) return code;
  for (int i = 0; i < MESSAGES_STREAMS; i++) {
    if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &streams[i])) != MPI_SUCCESS) return code;
  }
  return MPI_SUCCESS;
}

int messages_finish(void) {
  for (int i = 0; i < MESSAGES_STREAMS; i++) {
    int code = MPI_Comm_free(&streams[i]);
    if (code != MPI_SUCCESS) return code;
  }
  return MPI_Finalize();
}

void messages_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

void messages_error(int code, char *text, size_t capacity) {
  char buffer[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, buffer, &length);
  strncpy(text, buffer, capacity - 1);
  text[capacity - 1] = 0;
}

messages_transfer *messages_transfer_create(int stream) {
  messages_transfer *transfer = malloc(sizeof *transfer);
  if (transfer) *transfer = (messages_transfer){streams[stream], {MPI_REQUEST_NULL, MPI_REQUEST_NULL}};
  return transfer;
}

void messages_transfer_destroy(messages_transfer *transfer) { free(transfer); }

int messages_start_exchange(messages_transfer *transfer, const void *out, size_t out_bytes, int to, void *in,
                            size_t in_bytes, int from) {
  if (out_bytes > INT_MAX || in_bytes > INT_MAX) return MPI_ERR_COUNT;
  if (from >= 0) {
    int code = MPI_Irecv(in, (int)in_bytes, MPI_BYTE, from, 0, transfer->comm, &transfer->requests[0]);
    if (code != MPI_SUCCESS) return code;
  }
  if (to < 0) return MPI_SUCCESS;
  return MPI_Isend(out, (int)out_bytes, MPI_BYTE, to, 0, transfer->comm, &transfer->requests[1]);
}

int messages_start_collect(messages_transfer *transfer, void *blocks, size_t block_bytes) {
  if (block_bytes > INT_MAX) return MPI_ERR_COUNT;
  return MPI_Iallgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, blocks, (int)block_bytes, MPI_BYTE,
                        transfer->comm, &transfer->requests[0]);
}

int messages_start_broadcast(messages_transfer *transfer, void *bytes, size_t count) {
  if (count > INT_MAX) return MPI_ERR_COUNT;
  return MPI_Ibcast(bytes, (int)count, MPI_BYTE, 0, transfer->comm, &transfer->requests[0]);
}

int messages_test(messages_transfer *transfer, int *is_done) {
  return MPI_Testall(2, transfer->requests, is_done, MPI_STATUSES_IGNORE);
}

#endif
