#include <stdio.h>

#include <micromegas/c.h>

static micromegas_site order_site = MICROMEGAS_SITE("order");
static micromegas_site pay_site = MICROMEGAS_SITE("pay");

/* The same in C, without a C++ compiler anywhere. Says 42 when all of it was stored. */
int main(void) {
  if (micromegas_abi_version() != MICROMEGAS_ABI_VERSION) return 1;
  micromegas_options options = MICROMEGAS_OPTIONS_INIT;
  options.cpu_tracing = 1;
  micromegas_telemetry* telemetry = micromegas_start(&options);
  if (!micromegas_recording(telemetry)) return 2;

  micromegas_async_span order;
  micromegas_begin_async_span(&order, &order_site);
  const micromegas_context context = micromegas_async_span_context(&order);
  micromegas_context_scope scope;
  micromegas_enter_context(&scope, &context);
  micromegas_async_span pay;
  micromegas_begin_async_span(&pay, &pay_site);
  micromegas_end_async_span(&pay, MICROMEGAS_ERROR);
  micromegas_leave_context(&scope);
  micromegas_end_async_span(&order, MICROMEGAS_OK);

  micromegas_statistics statistics = MICROMEGAS_STATISTICS_INIT;
  micromegas_stop(telemetry, &statistics);
  if (statistics.events < 4 || statistics.dropped_requests != 0) return 3;
  puts("42");
  return 0;
}
