/* Whether results remember how they were made. */
#include "engine/base/ctx.h"

bool ll_recording_is_on(const ll_ctx *ctx) { return ctx->recording; }

bool ll_recording(ll_ctx *ctx, bool on) {
  bool was = ctx->recording;
  ctx->recording = on;
  return was;
}
