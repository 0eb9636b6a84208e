/* Reading a table of a million rows and twenty features: what pandas.read_csv is timed on in tables.py. The file is written to
 * TMPDIR first, with six significant digits, and removed. */
#include <time.h>

#include "losslab/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void) {
  enum { ROWS = 1000000, FEATURES = 20, TRIES = 3 };
  const char *folder = getenv("TMPDIR");
  char path[512];
  ll_ctx *ctx;
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  snprintf(path, sizeof path, "%s/losslab-bench-%ld.csv", folder && *folder ? folder : "/tmp", (long)getpid());
  FILE *file = fopen(path, "w");
  if (!file) {
    perror(path);
    return 1;
  }
  fputs("label", file);
  for (int j = 1; j <= FEATURES; j++) fprintf(file, ",x%d", j);
  ll_random r = ll_random_stream(1, 0, "bench");
  for (int i = 0; i < ROWS; i++) {
    fprintf(file, "\n%d", i % 2);
    for (int j = 0; j < FEATURES; j++) fprintf(file, ",%.6g", ll_random_uniform(&r) * 20 - 10);
  }
  fputc('\n', file);
  long size = ftell(file);
  bool written = fclose(file) == 0;
  double best = 1e9;
  ll_status status = LL_OK;
  for (int k = 0; written && k < TRIES && status == LL_OK; k++) {
    ll_data *d;
    double start = now();
    status = ll_data_read(ctx, path, NULL, &d);
    double took = now() - start;
    if (took < best) best = took;
    if (status == LL_OK && d->x.rows != ROWS) status = LL_ERR_SHAPE;
    ll_data_free(ctx, d);
    ll_matrix_trim(ctx);
  }
  unlink(path);
  if (status != LL_OK || !written) fprintf(stderr, "%s\n", ll_message(ctx));
  else printf("CSV, 10^6 rows x 20 features, with SHA-256\t%.6g\nCSV, read rate\t%.6g\tMB/s\n", best, 1e-6 * (double)size / best);
  ll_ctx_close(ctx);
  return status != LL_OK || !written;
}
