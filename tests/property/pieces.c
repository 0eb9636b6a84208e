/* LIBSVM, IDX, NumPy and pairs come through memory piece by piece: files read by a few bytes at a time, plain and packed, whole and
 * damaged, give what they give in one piece: the same set, or the same words. */
#include <zlib.h>

#include "engine/data/read/source.h"
#include "losslab/data.h"
#include "losslab/interactions.h"
#include "losslab/random.h"

#include "tests/data_file.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static uint64_t seed = 1;

enum { MOST = 1 << 14 };
typedef struct text {
  unsigned char bytes[MOST];
  size_t size;
} text;

static void append(text *t, const void *bytes, size_t size) { memcpy(t->bytes + t->size, bytes, size), t->size += size; }
static void big(text *t, uint32_t n) {
  append(t, (unsigned char[]){(unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n}, 4);
}

static void svm(text *t, ll_random *r) {
  char line[400];
  for (int i = 0; i < 60; i++) {
    size_t n = (size_t)sprintf(line, "%s qid:%d", ll_random_below(r, 2) ? "+1" : "3", i / 4);
    for (int k = 1; k < 12; k++)
      if (ll_random_below(r, 3)) n += (size_t)sprintf(line + n, " %d:%.*g", k, (int)ll_random_below(r, 9) + 1, ll_random_normal(r));
    n += (size_t)sprintf(line + n, i % 9 ? "\n" : " # comment 1:2\n\n");
    append(t, line, n);
  }
}

static void idx(text *t, ll_random *r) {
  append(t, "\0\0\x0b\3", 4);
  big(t, 30), big(t, 3), big(t, 4);
  for (int i = 0; i < 30 * 3 * 4 * 2; i++) t->bytes[t->size++] = (unsigned char)ll_random_below(r, 256);
}
static void idx_labels(text *t, ll_random *r) {
  append(t, "\0\0\x0c\1", 4);
  big(t, 30);
  for (int i = 0; i < 30; i++) big(t, (uint32_t)ll_random_below(r, 3) + 16777216);
}

static void npy_head(text *t, const char *type, const char *order, const char *shape) {
  char head[128];
  int n = snprintf(head, sizeof head, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", type, order, shape);
  append(t, "\x93NUMPY\1\0\x76\0", 10);
  memset(t->bytes + t->size, ' ', 118), memcpy(t->bytes + t->size, head, (size_t)n), t->size += 117;
  append(t, "\n", 1);
}
static void npy(text *t, ll_random *r) {
  npy_head(t, "<f8", ll_random_below(r, 2) ? "True" : "False", "(30, 7)");
  for (int i = 0; i < 210; i++) append(t, &(double){ll_random_normal(r)}, 8);
}
static void npy_labels(text *t, ll_random *r) {
  npy_head(t, "<i8", "False", "(30,)");
  for (int i = 0; i < 30; i++) append(t, &(int64_t){(int64_t)ll_random_below(r, 2) + ((int64_t)1 << 53)}, 8);
}

static void pairs(text *t, ll_random *r) {
  char line[100];
  append(t, "user,when,item\n", 15);
  for (int i = 0; i < 60; i++) {
    const char *when = ll_random_below(r, 4) ? "2020" : "\"a\nlong \"\"time\"\" ago\r\n\"";
    append(t, line, (size_t)sprintf(line, "%d,%s,%d.0\n", (int)ll_random_below(r, 9), when, (int)ll_random_below(r, 9)));
  }
}

typedef struct got {
  ll_status status;
  char message[1024];
  ll_data *d;
  ll_interactions p;
} got;

static got take(const char *path, bool of_pairs, size_t chunk) {
  got g = {0};
  size_t usual = ll_source_chunk;
  uint64_t threaded = ll_source_threaded;
  ll_source_chunk = chunk, ll_source_threaded = chunk % 2 ? 0 : threaded;
  g.status = of_pairs ? ll_interactions_read(ctx, path, &g.p) : ll_data_read(ctx, path, NULL, &g.d);
  ll_source_chunk = usual, ll_source_threaded = threaded;
  if (g.status != LL_OK) snprintf(g.message, sizeof g.message, "%s", ll_message(ctx));
  return g;
}

static bool same(const got *a, const got *b) {
  if (a->status != b->status || strcmp(a->message, b->message) != 0) return false;
  if (a->d) {
    const ll_data *p = a->d, *q = b->d;
    bool fine = p->x.rows == q->x.rows && p->x.cols == q->x.cols && strcmp(p->info->hash, q->info->hash) == 0;
    fine = fine && memcmp(p->x.data, q->x.data, ll_matrix_count(&p->x) * sizeof(ll_real)) == 0;
    fine = fine && memcmp(p->y.data, q->y.data, p->y.rows * sizeof(ll_real)) == 0 && p->info->n_classes == q->info->n_classes;
    for (size_t k = 0; fine && k < p->info->n_classes; k++) fine = strcmp(p->info->classes[k], q->info->classes[k]) == 0;
    return fine && (!p->groups || memcmp(p->groups, q->groups, p->x.rows * sizeof *p->groups) == 0);
  }
  if (!a->p.names) return true;
  const ll_lists *p = &a->p.lists, *q = &b->p.lists;
  return p->rows == q->rows && p->cols == q->cols && strcmp(a->p.names->hash, b->p.names->hash) == 0 &&
         memcmp(p->starts, q->starts, (p->rows + 1) * sizeof *p->starts) == 0 &&
         memcmp(p->items, q->items, p->starts[p->rows] * sizeof *p->items) == 0;
}

static void give_back(got *g) {
  ll_data_free(ctx, g->d);
  ll_interactions_free(ctx, &g->p);
}

static text packed(const text *t) {
  static text out;
  z_stream z = {0};
  deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  z.next_in = (Bytef *)(uintptr_t)t->bytes, z.avail_in = (uInt)t->size, z.next_out = out.bytes, z.avail_out = MOST;
  deflate(&z, Z_FINISH);
  out.size = z.total_out;
  deflateEnd(&z);
  return out;
}

static void damage(text *t, ll_random *r) {
  size_t at = (size_t)ll_random_below(r, t->size);
  switch (ll_random_below(r, 4)) {
  case 0: t->size = at; break;
  case 1: t->bytes[at] = (unsigned char)ll_random_below(r, 256); break;
  case 2: t->bytes[at] = (unsigned char)"\n\"#:,-\t\0"[ll_random_below(r, 8)]; break;
  default: append(t, t->bytes, ll_random_below(r, 20));
  }
}

static void read_alike(const char *name, void (*write)(text *, ll_random *), const char *beside,
                       void (*labels)(text *, ll_random *)) {
  ll_random r = ll_random_stream(seed, 0, name);
  size_t gave = 0, refused = 0, other = 0;
  for (int turn = 0; turn < 400 && !other; turn++) {
    static text t;
    char path[512], label_path[512] = "", label_name[80], full[80];
    t.size = 0;
    write(&t, &r);
    bool zipped = turn % 2;
    if (turn > 7) damage(&t, &r);
    if (labels) {
      static text l;
      l.size = 0;
      labels(&l, &r);
      if (turn > 7 && turn % 5 == 0) damage(&l, &r);
      snprintf(label_name, sizeof label_name, "%s%s", beside, zipped ? ".gz" : "");
      if (zipped) l = packed(&l);
      snprintf(label_path, sizeof label_path, "%s", data_file(label_name, l.bytes, l.size));
    }
    snprintf(full, sizeof full, "%s%s", name, zipped ? ".gz" : "");
    if (zipped) t = packed(&t);
    snprintf(path, sizeof path, "%s", data_file(full, t.bytes, t.size));
    got whole = take(path, write == pairs, ll_source_chunk);
    gave += whole.status == LL_OK, refused += whole.status != LL_OK;
    for (size_t chunk = 4; chunk < 3000 && !other; chunk += 1 + ll_random_below(&r, chunk)) {
      got again = take(path, write == pairs, chunk);
      if (!same(&whole, &again)) {
        other = chunk;
        printf("#   turn %d, by %zu bytes: %s, %s\n#   at once: %s, %s\n", turn, chunk, ll_status_name(again.status), again.message,
               ll_status_name(whole.status), whole.message);
      }
      give_back(&again);
    }
    give_back(&whole);
    unlink(path);
    if (labels) unlink(label_path);
  }
  ok(!other && gave >= 8 && refused >= 8, "%s: the same in any pieces (%zu sets, %zu messages)", name, gave, refused);
}

int main(void) {
  const char *given = getenv("LOSSLAB_SEED");
  if (given) seed = strtoull(given, NULL, 10);
  printf("# seed %llu\n", (unsigned long long)seed);
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  read_alike("p.svm", svm, NULL, NULL);
  read_alike("p-images.idx", idx, "p-labels.idx", idx_labels);
  read_alike("p.npy", npy, "p_labels.npy", npy_labels);
  read_alike("p.csv", pairs, NULL, NULL);
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  data_folder_done();
  return done();
}
