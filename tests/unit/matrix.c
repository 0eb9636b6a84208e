/* Views share, gathers copy, bad elements are found, and everything goes back to the pool. */
#include "losslab/losslab.h"
#include "tests/tap.h"

static ll_ctx *ctx;

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  ll_matrix m, view, rows;
  works(ctx, ll_matrix_new(ctx, 4, 5, &m));
  for (size_t i = 0; i < 20; i++) m.data[i] = (ll_real)i;
  works(ctx, ll_matrix_view(ctx, &m, 1, 2, 2, 3, &view));
  ok(view.rows == 2 && view.cols == 3 && view.stride == 5 && *view.data == 7, "a view is a place in the matrix");
  ll_matrix_row(&view, 1)[0] = 100;
  ok(ll_matrix_row(&m, 2)[2] == 100, "and shares its elements");
  near(ll_matrix_sum(&view), 7 + 8 + 9 + 100 + 13 + 14, 0, 0, "a view's sum leaves the rest out");
  ll_status status = ll_matrix_view(ctx, &m, 3, 0, 2, 5, &rows);
  ok(status == LL_ERR_SHAPE, "a view beyond the last row is refused");
  is_text(ll_message(ctx), "a view of rows 4..5, columns 1..5 of a matrix 4x5", "with the rows and the shape");
  ll_matrix_release(ctx, &m);
  near((double)ll_matrix_row(&view, 0)[0], 7, 0, 0, "a view keeps its elements alive");
  uint32_t picks[] = {1, 0, 1}, bad[] = {0, 2};
  works(ctx, ll_matrix_gather(ctx, &view, picks, 3, &rows));
  ok(rows.rows == 3 && rows.data[0] == 100 && rows.data[3] == 7, "gather takes rows in the order asked");
  ll_matrix_release(ctx, &rows);
  status = ll_matrix_gather(ctx, &view, bad, 2, &rows);
  ok(status == LL_ERR_RANGE, "a row that is not there is refused");
  is_text(ll_message(ctx), "row 3 asked for (place 2 of 2), but the matrix is 2x3", "by its number from 1");
  size_t row = 9, col = 9;
  ok(!ll_matrix_find_bad(&view, &row, &col), "numbers only");
  ll_matrix_row(&view, 1)[2] = (ll_real)NAN;
  ok(ll_matrix_find_bad(&view, &row, &col) && row == 1 && col == 2, "a NaN is found at its place");
  ll_matrix_row(&view, 1)[2] = (ll_real)-INFINITY;
  ok(ll_matrix_find_bad(&view, &row, &col) && row == 1 && col == 2, "and an infinity");
  ll_matrix_release(ctx, &view);
  ok(ll_matrix_new(ctx, SIZE_MAX / 2, 8, &m) == LL_ERR_MEMORY, "an impossible size is out of memory, not a crash");
  ok(ll_matrix_new(ctx, SIZE_MAX / 64, 8, &m) == LL_ERR_MEMORY, "and one that only just multiplies");

  /* the pool: the same shape again asks the system for nothing */
  works(ctx, ll_matrix_new(ctx, 100, 30, &m));
  ll_matrix_release(ctx, &m);
  uint64_t calls = ll_memory_calls(ctx);
  for (int i = 0; i < 100; i++) {
    works(ctx, ll_matrix_new(ctx, 100, 30, &m));
    ll_matrix_release(ctx, &m);
  }
  ok(ll_memory_calls(ctx) == calls, "a shape just given back is had again without an allocation");
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is held after a trim");
  bool fits = true;
  for (size_t n = 1; n < 3000; n = n * 5 / 4 + 1) { /* every class holds what it is asked for: written to the end, under ASan */
    works(ctx, ll_matrix_new(ctx, 1, n, &m));
    ll_matrix_fill(&m, 1);
    if (ll_matrix_sum(&m) < (double)n || (uintptr_t)m.data % 64) fits = false;
    ll_matrix_release(ctx, &m);
  }
  ok(fits, "buffers of every size, aligned to 64 bytes");
  ll_ctx_close(ctx);
  return done();
}
