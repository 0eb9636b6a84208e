/* idx and npy with their labels, and matrices of npy and losslab's own format. An input is a byte for the format and the pieces,
 * two for the length of the first file, the first file and the second, which holds the labels. */
#include "tests/fuzz/read.h"

static void unpack(const uint8_t *bytes, size_t size) {
  ll_ctx *ctx = context();
  ll_matrix m = {0};
  ll_status status = ll_matrix_unpack(ctx, bytes, size, "input", &m);
  must_be_told(ctx, status, status == LL_OK);
  if (status == LL_OK) {
    must(m.rows == 0 || m.cols == 0 || m.data, "no elements");
    for (int npy = 0; npy < 2; npy++) { /* what was read is written and read again, to the bit */
      void *packed = NULL;
      size_t n = 0;
      ll_matrix again = {0};
      must(ll_matrix_pack(ctx, &m, npy, &packed, &n) == LL_OK, "%s", ll_message(ctx));
      must(ll_matrix_unpack(ctx, packed, n, "packed", &again) == LL_OK, "%s", ll_message(ctx));
      must(again.rows == m.rows && again.cols == m.cols, "%zux%zu became %zux%zu", m.rows, m.cols, again.rows, again.cols);
      for (size_t i = 0; i < m.rows; i++)
        must(memcmp(ll_matrix_row(&m, i), ll_matrix_row(&again, i), m.cols * sizeof(ll_real)) == 0, "row %zu", i);
      ll_matrix_release(ctx, &again);
      ll_free(ctx, packed);
    }
  }
  ll_matrix_release(ctx, &m);
  ll_ctx_close(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const char *const formats[] = {"idx", "npy"};
  unsigned how = take(&bytes, &size);
  if (how % 3 == 2) {
    unpack(bytes, size);
    return 0;
  }
  size_t first = 256 * take(&bytes, &size);
  first += take(&bytes, &size);
  if (first > size) first = size;
  ll_read_options o = {.format = formats[how % 3], .labels = in_memory(1, bytes + first, size - first)};
  reads_alike(in_memory(0, bytes, first), &o, 4 + how / 3);
  return 0;
}
