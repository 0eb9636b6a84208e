/* Context and status: a failure leaves its message on the context. */
#include "engine/base/ctx.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/budget.h"
#include "engine/base/crew.h"

static const char *const status_names[] = {"ok", "argument", "name",  "range",       "shape",    "label", "number",  "memory",
                                           "io", "format",   "store", "unsupported", "singular", "empty", "history", "interrupted"};
_Static_assert(sizeof status_names / sizeof *status_names == LL_STATUS_COUNT, "a name for each status");

const char *ll_status_name(ll_status status) { return (unsigned)status < LL_STATUS_COUNT ? status_names[status] : "unknown"; }

/* Why this thread's last context could not be made. */
static _Thread_local char refusal[LL_BUDGET_REASON];

ll_status ll_ctx_open(ll_ctx **out) {
  size_t limit;
  *out = NULL;
  *refusal = '\0';
  LL_TRY(ll_budget_default(&limit, refusal));
  if (!ll_crew_default(refusal)) return LL_ERR_ARGUMENT;
  *out = calloc(1, sizeof **out);
  if (!*out) {
    snprintf(refusal, sizeof refusal, "out of memory: a context of %zu bytes", sizeof **out);
    return LL_ERR_MEMORY;
  }
  (*out)->limit = limit;
  ll_crew_open();
  return LL_OK;
}

void ll_ctx_close(ll_ctx *ctx) {
  if (!ctx) return;
  for (size_t i = LL_CTX_ROOMS; i-- > 0;)
    if (ctx->rooms[i].trim) ctx->rooms[i].trim(ctx);
  free(ctx);
  ll_crew_close();
}

void ll_stop_if(ll_ctx *ctx, bool (*asked)(void)) { ctx->asked_to_stop = asked; }

const char *ll_message(const ll_ctx *ctx) { return ctx ? ctx->message : refusal; }

ll_status(ll_fail)(ll_ctx *ctx, ll_status status, const char *format, ...) {
  if (!ctx) return status;
  /* Formatted into a copy first, because an argument may be the present message. */
  char text[sizeof ctx->message];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  memcpy(ctx->message, text, sizeof text);
  return status;
}

ll_status ll_ctx_memory_for(ll_ctx *ctx, ll_status status, const char *what) {
  static const char begins[] = "out of memory";
  if (status != LL_ERR_MEMORY || strncmp(ctx->message, begins, sizeof begins - 1) != 0) return status;
  return ll_fail(ctx, status, "%s: %s", what, ctx->message);
}
