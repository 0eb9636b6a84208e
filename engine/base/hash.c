/* SHA-256 by libmd. */
#include <sha2.h>
#include <stdint.h>

#include "losslab/base.h"

void ll_sha256(const void *bytes, size_t n, char out[65]) { SHA256Data(bytes, n, out); }
