#include <pthread.h>
#include <stdio.h>

#include <micromegas/c.h>

static micromegas_site upload_site = MICROMEGAS_SITE("upload");
static micromegas_site check_site = MICROMEGAS_SITE("check answer");
static micromegas_log_site done_site = MICROMEGAS_LOG_SITE(MICROMEGAS_LOG_INFO, "uploaded");
static micromegas_metric_site size_site = MICROMEGAS_METRIC_SITE("upload_size", "bytes");

/* A span that is begun here and ended there goes along with the work. */
struct upload { /* NOLINT(readability-identifier-naming): as C has it. */
  micromegas_async_span span;
  int status;
};

static void* answer(void* argument) {
  struct upload* upload = argument;
  /* What is done for the upload belongs to its span, on whichever thread. */
  const micromegas_context context = micromegas_async_span_context(&upload->span);
  micromegas_context_scope scope;
  micromegas_enter_context(&scope, &context);

  micromegas_thread_span check = micromegas_begin_thread_span(&check_site);
  printf("%d\n", upload->status);
  micromegas_log(&done_site, NULL, NULL);
  micromegas_integer_metric(&size_site, 4096, NULL);
  micromegas_end_thread_span(check);

  micromegas_end_async_span(&upload->span,
                            upload->status == 200 ? MICROMEGAS_OK : MICROMEGAS_ERROR);
  micromegas_leave_context(&scope);
  return NULL;
}

int main(void) {
  micromegas_options options = MICROMEGAS_OPTIONS_INIT;
  options.cpu_tracing = 1;
  micromegas_telemetry* telemetry = micromegas_start(&options);

  struct upload upload = {{{0}}, 200};
  micromegas_begin_async_span(&upload.span, &upload_site);
  pthread_t thread;
  if (pthread_create(&thread, NULL, answer, &upload) != 0) return 1;
  pthread_join(thread, NULL);

  micromegas_stop(telemetry, NULL);
  return 0;
}
