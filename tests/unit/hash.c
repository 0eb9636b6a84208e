/* SHA-256: the examples of FIPS 180-4, and every length around the block limits against libmd, whichever way is taken,
 * whole and in pieces. */
#include <sha2.h>

#include "engine/base/hash.h"

#include "tests/tap.h"

int main(void) {
  static const char *const examples[][2] = {{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                                            {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                                            {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                                             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"}};
  char got[65], want[65];
  for (int k = 0; k < 3; k++) {
    ll_sha256(examples[k][0], strlen(examples[k][0]), got);
    is_text(got, examples[k][1], "example %d", k + 1);
  }
  static unsigned char bytes[100000];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * i >> 3);
  size_t wrong = 0;
  for (size_t n = 0; n < 1000; n++) {
    ll_sha256(bytes + n % 7, n, got);
    SHA256Data(bytes + n % 7, n, want);
    wrong += strcmp(got, want) != 0;
  }
  ok(wrong == 0, "1000 lengths, at any alignment");
  wrong = 0;
  for (size_t piece = 1; piece < 200; piece++) {
    ll_hash h;
    ll_hash_start(&h);
    for (size_t at = 0; at < 5000; at += piece) ll_hash_add(&h, bytes + at, piece < 5000 - at ? piece : 5000 - at);
    ll_hash_end(&h, got);
    SHA256Data(bytes, 5000, want);
    wrong += strcmp(got, want) != 0;
  }
  ok(wrong == 0, "pieces of every size up to 199");
  ll_sha256(bytes, sizeof bytes, got);
  SHA256Data(bytes, sizeof bytes, want);
  is_text(got, want, "a long one");
  return done();
}
