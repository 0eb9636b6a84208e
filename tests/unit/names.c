/* Names: the nearest one, none where nothing is near, and the message for an unknown one; SHA-256 against the published vectors. */
#include "losslab/base.h"
#include "tests/tap.h"

static const char *const losses[] = {"hinge", "cross_entropy", "adaptive_rank", "exponential", "pair_squared_hinge"};

static void nearest(const char *word, const char *expected) {
  const char *got = ll_names_nearest(word, losses, sizeof losses / sizeof *losses);
  is_text(got ? got : "(none)", expected ? expected : "(none)", "nearest to \"%s\"", word);
}

int main(void) {
  nearest("hinge", "hinge");
  nearest("higne", "hinge");
  nearest("crossentropy", "cross_entropy");
  nearest("adaptive_rnak", "adaptive_rank");
  nearest("exponental", "exponential");
  nearest("zzzzzz", NULL);
  nearest("a word far longer than any name could be, so that it is like none of them", NULL);
  ok(ll_names_nearest("hinge", losses, 0) == NULL, "no names, none near");

  ll_ctx *ctx;
  size_t place;
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  const size_t count = sizeof losses / sizeof *losses;
  ok(ll_names_find(ctx, "loss", "exponential", losses, count, &place) == LL_OK && place == 3, "a name is found at its place");
  ok(ll_names_find(ctx, "loss", "higne", losses, count, &place) == LL_ERR_NAME, "a name that is none");
  is_text(ll_message(ctx), "there is no loss \"higne\"; did you mean \"hinge\"?", "with the nearest");
  ok(ll_names_choose(ctx, "m", "kind", "focla", losses, 2, &place) == LL_ERR_NAME && place == 2, "a value that is no choice");
  is_text(ll_message(ctx), "m: kind cannot be \"focla\"; there are hinge, cross_entropy", "of what, and the choices");
  ok(ll_names_choose(ctx, "m", "kind", "cross_entropy", losses, 2, &place) == LL_OK && place == 1,
     "a choice is found at its place");
  ok(ll_names_unknown(ctx, "m has no parameter", "zzzzzz", losses, 2) == LL_ERR_NAME, "one with none near");
  is_text(ll_message(ctx), "m has no parameter \"zzzzzz\"; there are hinge, cross_entropy", "with those there are");
  ok(ll_names_find(ctx, "loss", "hinge", losses, 0, &place) == LL_ERR_NAME, "among no names");
  is_text(ll_message(ctx), "there is no loss \"hinge\"", "nothing else is said");
  static const struct {
    const char *name;
    int x;
  } a = {"hinge", 1}, b = {"focal", 2}, *const rows[] = {&a, &b};
  ok(ll_names_find_row(ctx, "loss", "focal", rows, 2, &place) == LL_OK && place == 1, "a row is found by its name");
  ll_ctx_close(ctx);

  /* FIPS 180-4, and two of its lengths beside a block boundary. */
  char hash[65];
  ll_sha256("", 0, hash);
  is_text(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "SHA-256 of nothing");
  ll_sha256("abc", 3, hash);
  is_text(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "SHA-256 of abc");
  ll_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hash);
  is_text(hash, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", "SHA-256 of 56 bytes");

  for (int status = 0; status < LL_STATUS_COUNT; status++)
    ok(ll_status_name((ll_status)status)[0] != 0, "status %d has a name", status);
  return done();
}
