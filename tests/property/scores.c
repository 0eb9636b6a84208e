/* Packed scores come back to the bit, whatever they are, at every epoch; ranks keep order and ties; bytes that are not what was
 * packed are told. The cases are drawn by LOSSLAB_SEED. */
#include "losslab/losslab.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static ll_random draws;

static float of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
static uint32_t any_bits(void) { return (uint32_t)ll_random_below(&draws, (uint64_t)1 << 32); }

/* ---- kinds of scores: number i of epoch e ---- */
static float anything(size_t e, size_t i, float last) { return (void)e, (void)i, (void)last, of_bits(any_bits()); }
static float constant(size_t e, size_t i, float last) { return (void)e, (void)i, (void)last, 0.25f; }
static float extreme(size_t e, size_t i, float last) {
  static const uint32_t bits[] = {0,          0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001,
                                  0xffffffff, 0x00000001, 0x80000001, 0x7f7fffff, 0xff7fffff, 0x3f800000};
  return (void)e, (void)i, (void)last, of_bits(bits[ll_random_below(&draws, sizeof bits / sizeof *bits)]);
}
static float trained(size_t e, size_t i, float last) {
  (void)i;
  return e == 0 ? (float)ll_random_uniform(&draws) : last + (float)(ll_random_uniform(&draws) - 0.5) / (float)(1 + e);
}
static float smooth(size_t e, size_t i, float last) { return (void)last, (float)(0.001 * (double)i + 0.01 * (double)e); }
static float tied(size_t e, size_t i, float last) { return (void)e, (void)i, (void)last, (float)ll_random_below(&draws, 4) - 1; }

static const struct {
  const char *name;
  float (*draw)(size_t, size_t, float);
  bool smaller, numbers;
} kinds[] = {{"any bits", anything, false, false}, {"constant", constant, true, true}, {"extremes", extreme, false, false},
             {"trained", trained, true, true},     {"smooth", smooth, true, true},     {"ties", tied, true, true}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static float *make(size_t kind, size_t epochs, size_t count) {
  float *scores = malloc(4 * epochs * count + 1);
  if (!scores) exit(1);
  for (size_t e = 0; e < epochs; e++)
    for (size_t i = 0; i < count; i++) scores[e * count + i] = kinds[kind].draw(e, i, e ? scores[(e - 1) * count + i] : 0);
  return scores;
}

static bool comes_back(const float *scores, size_t epochs, size_t count, int coding, const void *bytes, size_t size) {
  float *got = malloc(4 * epochs * count + 1);
  size_t from = epochs ? ll_random_below(&draws, epochs) : 0, n = epochs ? 1 + ll_random_below(&draws, epochs - from) : 0, known;
  bool same = ll_scores_count(ctx, coding, bytes, size, epochs, &known) == LL_OK && (epochs == 0 || known == count);
  same = same && ll_scores_unpack(ctx, coding, bytes, size, epochs, count, 0, epochs, got) == LL_OK;
  same = same && memcmp(got, scores, 4 * epochs * count) == 0;
  same = same && ll_scores_unpack(ctx, coding, bytes, size, epochs, count, from, n, got) == LL_OK;
  same = same && memcmp(got, scores + from * count, 4 * n * count) == 0;
  free(got);
  return same;
}

static void without_loss(size_t kind, size_t epochs, size_t count) {
  float *scores = make(kind, epochs, count);
  void *bytes, *again;
  size_t size, size2;
  ll_scores_coding coding, coding2;
  works(ctx, ll_scores_pack(ctx, scores, epochs, count, LL_SCORES_PACKED, &coding, &bytes, &size));
  works(ctx, ll_scores_pack(ctx, scores, epochs, count, LL_SCORES_PACKED, &coding2, &again, &size2));
  if (size != size2 || coding != coding2 || memcmp(bytes, again, size) != 0) ok(false, "%s: other bytes", kinds[kind].name);
  if (size > 4 * epochs * count || (coding == LL_SCORES_RAW) != (size == 4 * epochs * count))
    ok(false, "%s, %zu epochs of %zu: %zu bytes in coding %d", kinds[kind].name, epochs, count, size, (int)coding);
  if (!comes_back(scores, epochs, count, (int)coding, bytes, size))
    ok(false, "%s, %zu epochs of %zu: %s", kinds[kind].name, epochs, count, ll_message(ctx));
  if (kinds[kind].smaller && epochs * count > 2000 && coding != LL_SCORES_PACKED)
    ok(false, "%s, %zu epochs of %zu: not smaller", kinds[kind].name, epochs, count);
  ll_free(ctx, bytes);
  ll_free(ctx, again);
  works(ctx, ll_scores_pack(ctx, scores, epochs, count, LL_SCORES_RAW, &coding, &bytes, &size));
  if (coding != LL_SCORES_RAW || !comes_back(scores, epochs, count, 0, bytes, size)) ok(false, "%s: raw", kinds[kind].name);
  ll_free(ctx, bytes);
  free(scores);
}

/* Each pair of scores of an epoch is ordered as its ranks are; the ranks are 1 … their number. */
static void as_ranks(size_t kind, size_t epochs, size_t count) {
  float *scores = make(kind, epochs, count), *got = malloc(4 * epochs * count + 1);
  void *bytes;
  size_t size, wrong = 0;
  ll_scores_coding coding;
  if (!got) exit(1);
  works(ctx, ll_scores_pack(ctx, scores, epochs, count, LL_SCORES_RANKS, &coding, &bytes, &size));
  works(ctx, ll_scores_unpack(ctx, LL_SCORES_RANKS, bytes, size, epochs, count, 0, epochs, got));
  for (size_t e = 0; e < epochs; e++) {
    const float *s = scores + e * count, *r = got + e * count;
    float most = 0;
    for (size_t i = 0; i < count; i++) {
      if (r[i] > most) most = r[i];
      for (size_t j = 0; j < count && j < 50; j++) wrong += (s[i] < s[j]) != (r[i] < r[j]) || (s[i] == s[j]) != (r[i] == r[j]);
    }
    size_t seen = 0;
    for (float rank = 1; rank <= most; rank++)
      for (size_t i = 0; i < count; i++)
        if (r[i] == rank) {
          seen++;
          break;
        }
    wrong += (float)seen != most;
  }
  if (wrong || coding != LL_SCORES_RANKS) ok(false, "%s: %zu of the ranks are wrong", kinds[kind].name, wrong);
  ll_free(ctx, bytes);
  free(scores), free(got);
}

/* Of a blob, every flipped bit, every cut and every wrong expectation is told. */
static void damages(ll_scores_coding asked) {
  enum { EPOCHS = 5, COUNT = 90 };
  float *scores = make(3, EPOCHS, COUNT), got[COUNT * EPOCHS];
  void *bytes;
  size_t size, held, unseen = 0;
  ll_scores_coding coding;
  works(ctx, ll_scores_pack(ctx, scores, EPOCHS, COUNT, asked, &coding, &bytes, &size));
  ok(coding == asked, "packed in %zu bytes", size);
  for (size_t bit = 0; bit < 8 * size; bit++) {
    ((unsigned char *)bytes)[bit / 8] ^= (unsigned char)(1u << bit % 8);
    unseen += ll_scores_unpack(ctx, coding, bytes, size, EPOCHS, COUNT, 0, EPOCHS, got) != LL_ERR_FORMAT;
    ((unsigned char *)bytes)[bit / 8] ^= (unsigned char)(1u << bit % 8);
  }
  for (size_t n = 0; n < size; n++) unseen += ll_scores_unpack(ctx, coding, bytes, n, EPOCHS, COUNT, 0, 1, got) != LL_ERR_FORMAT;
  ok(unseen == 0, "coding %d: each flipped bit and each cut is told (%zu are not)", (int)coding, unseen);
  ok(ll_scores_unpack(ctx, coding, bytes, size, EPOCHS, COUNT - 1, 0, 1, got) == LL_ERR_FORMAT, "another number of rows");
  ok(ll_scores_unpack(ctx, coding, bytes, size, EPOCHS + 1, COUNT, 0, 1, got) == LL_ERR_FORMAT, "another number of epochs");
  ok(ll_scores_unpack(ctx, LL_SCORES_RAW, bytes, size, EPOCHS, COUNT, 0, 1, got) == LL_ERR_FORMAT, "another coding");
  ok(ll_scores_unpack(ctx, 3 - (int)coding, bytes, size, EPOCHS, COUNT, 0, 1, got) == LL_ERR_FORMAT, "the other packed one");
  ok(ll_scores_unpack(ctx, 7, bytes, size, EPOCHS, COUNT, 0, 1, got) == LL_ERR_FORMAT, "one that is not known");
  ok(ll_scores_unpack(ctx, coding, bytes, size, EPOCHS, COUNT, EPOCHS, 1, got) == LL_ERR_RANGE, "an epoch past the last");
  ok(ll_scores_count(ctx, 0, bytes, 4 * EPOCHS * 7 + 4, EPOCHS, &held) == LL_ERR_FORMAT, "a size that no rows have");
  ll_free(ctx, bytes);
  free(scores);
}

/* A header may promise anything: nothing is allocated by it. */
static void bounded(void) {
  static const float scores[4000];
  void *bytes;
  size_t size, count;
  ll_scores_coding coding;
  works(ctx, ll_scores_pack(ctx, scores, 4, 1000, LL_SCORES_PACKED, &coding, &bytes, &size));
  ok(size < 200, "zeros take %zu bytes", size);
  memcpy((char *)bytes + 16, "\xff\xff\xff\x3f", 4);
  ok(ll_scores_count(ctx, coding, bytes, size, 4, &count) == LL_OK && count == 0x3fffffff, "a header that promises 2^30 scores");
  size_t limit = ll_memory_limit(ctx, ll_memory_used(ctx) + 100000);
  ok(ll_scores_unpack(ctx, coding, bytes, size, 4, count, 0, 0, NULL) == LL_ERR_FORMAT, "is damaged before memory is taken");
  ll_memory_limit(ctx, limit);
  ll_free(ctx, bytes);
}

static void refusals(void) {
  float scores[] = {1, NAN, 2};
  void *bytes;
  size_t size;
  ll_scores_coding coding;
  ok(ll_scores_pack(ctx, scores, 1, 3, LL_SCORES_RANKS, &coding, &bytes, &size) == LL_ERR_NUMBER && !bytes, "NaN has no rank");
  ok(strstr(ll_message(ctx), "number 2 of epoch 1") != NULL, "and where it is: %s", ll_message(ctx));
  ok(ll_scores_pack(ctx, scores, 1, ((size_t)1 << 24) + 1, LL_SCORES_RANKS, &coding, &bytes, &size) == LL_ERR_RANGE,
     "more ranks than a float tells apart");
  ok(ll_scores_pack(ctx, scores, 1, 3, LL_SCORES_CODINGS, &coding, &bytes, &size) == LL_ERR_RANGE, "no such coding");
  ok(ll_scores_pack(ctx, scores, SIZE_MAX / 2, 3, LL_SCORES_PACKED, &coding, &bytes, &size) == LL_ERR_MEMORY, "more than there is");
}

int main(void) {
  const char *seed = getenv("LOSSLAB_SEED");
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  draws = ll_random_stream(seed ? strtoull(seed, NULL, 10) : 1, 0, "scores");
  printf("# seed %s\n", seed ? seed : "1");
  static const size_t shapes[][2] = {{0, 0}, {0, 5}, {3, 0}, {1, 1}, {1, 1000}, {2, 1000}, {30, 1}, {30, 41}, {7, 3001}, {300, 13}};
  for (size_t kind = 0; kind < KINDS; kind++) {
    int failed = tap_failed;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) without_loss(kind, shapes[i][0], shapes[i][1]);
    for (int i = 0; i < 60; i++) without_loss(kind, 1 + ll_random_below(&draws, 12), 1 + ll_random_below(&draws, 500));
    ok(tap_failed == failed, "%s come back to the bit", kinds[kind].name);
    if (!kinds[kind].numbers) continue;
    for (size_t i = 0; i < 8; i++) as_ranks(kind, shapes[i][0], shapes[i][1]);
    ok(tap_failed == failed, "ranks of %s keep order and ties", kinds[kind].name);
  }
  without_loss(3, 3, 1500000); /* planes of more than a window */
  damages(LL_SCORES_PACKED);
  damages(LL_SCORES_RANKS);
  bounded();
  refusals();
  ll_ctx_close(ctx);
  return done();
}
