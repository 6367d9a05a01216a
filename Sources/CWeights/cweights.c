#include "cweights.h"

// Embedded, so that the binary alone can classify images. Constant data: pages that are not used are never
// read from disk.
static const _Alignas(64) unsigned char lenet5[] = {
#embed "../../Models/LeNet/Weights/lenet5/lenet5.safetensors"
};
static const _Alignas(64) unsigned char lenet5_modern[] = {
#embed "../../Models/LeNet/Weights/lenet5_modern/lenet5_modern.safetensors"
};
static const _Alignas(64) unsigned char resnet20_cifar[] = {
#embed "../../Models/ResNet/Weights/resnet20_cifar/resnet20_cifar.safetensors"
};
static const _Alignas(64) unsigned char densenet_bc40_k12_cifar[] = {
#embed "../../Models/DenseNet/Weights/densenet_bc40_k12_cifar/densenet_bc40_k12_cifar.safetensors"
};

#define EMBEDDED(name) \
  { #name, name, sizeof name }

static const cweights_file files[] = {
    EMBEDDED(lenet5),
    EMBEDDED(lenet5_modern),
    EMBEDDED(resnet20_cifar),
    EMBEDDED(densenet_bc40_k12_cifar),
};

size_t cweights_count(void) { return sizeof files / sizeof files[0]; }

cweights_file cweights_at(size_t index) { return files[index]; }
