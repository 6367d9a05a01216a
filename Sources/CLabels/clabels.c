#include "clabels.h"

// Embedded, so that the binary alone can name the classes.
#define LIST(name) \
  clabels_list clabels_##name(void) { return (clabels_list){name##_text, sizeof name##_text}; }

static const char imagenet_text[] = {
#embed "../../Models/Labels/imagenet.txt"
};
static const char imagenet_synsets_text[] = {
#embed "../../Models/Labels/imagenet-synsets.txt"
};
static const char cifar10_text[] = {
#embed "../../Models/Labels/cifar10.txt"
};
static const char cifar100_text[] = {
#embed "../../Models/Labels/cifar100.txt"
};
static const char digits_text[] = {
#embed "../../Models/Labels/digits.txt"
};
static const char fashion_mnist_text[] = {
#embed "../../Models/Labels/fashion-mnist.txt"
};

LIST(imagenet)
LIST(imagenet_synsets)
LIST(cifar10)
LIST(cifar100)
LIST(digits)
LIST(fashion_mnist)
