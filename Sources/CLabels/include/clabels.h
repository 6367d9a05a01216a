#ifndef CLABELS_H
#define CLABELS_H

#include <stddef.h>

/// The class names of a data set, one a line, in class order.
typedef struct {
  /// UTF-8, not null-terminated.
  const char *text;
  /// Size of the text in bytes.
  size_t count;
} clabels_list;

/// The 1000 classes of ILSVRC 2012, named as in torchvision.
clabels_list clabels_imagenet(void);
/// The same classes by their WordNet numbers, as the folders of the data set are called: `n01440764`.
clabels_list clabels_imagenet_synsets(void);
clabels_list clabels_cifar10(void);
/// The 100 fine classes.
clabels_list clabels_cifar100(void);
clabels_list clabels_digits(void);
clabels_list clabels_fashion_mnist(void);

#endif
