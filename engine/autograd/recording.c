/* Whether results remember how they were made. */
#include "engine/autograd/autograd.h"

bool ll_recording_is_on(const ll_ctx *ctx) { return !ll_autograd_of((ll_ctx *)(uintptr_t)ctx)->forgetful; }

bool ll_recording(ll_ctx *ctx, bool on) {
  ll_autograd *own = ll_autograd_of(ctx);
  bool was = !own->forgetful;
  own->forgetful = !on;
  return was;
}
