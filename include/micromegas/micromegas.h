#pragma once

// All of the instrumentation but the adapter for Boost.Asio (asio.h).
#include <micromegas/async_span.h>
#include <micromegas/coroutine.h>
#include <micromegas/log.h>
#include <micromegas/metric.h>
#include <micromegas/properties.h>
#include <micromegas/span_context.h>
#include <micromegas/start.h>
#include <micromegas/target.h>
#include <micromegas/task.h>
#include <micromegas/thread_span.h>
