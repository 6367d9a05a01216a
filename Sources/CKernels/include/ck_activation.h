// The function that is applied to every element of a result.
#pragma once

typedef enum {
  CK_IDENTITY,
  CK_RELU,
  CK_TANH,
} ck_activation_kind;

enum { CK_ACTIVATION_KINDS = CK_TANH + 1 };

typedef struct {
  ck_activation_kind kind;
  float amplitude, slope;  // CK_TANH: amplitude * tanh(slope * x)
} ck_activation;
