#pragma once

#include "tracing/event_sink.h"

namespace micromegas::tracing {

/// What the system says about this process and the machine that it runs on: the text fields of a
/// ProcessDescription and the properties that producers send by default. Fields that cannot be
/// found out stay empty; none is longer than a store can hold (255 characters).
ProcessDescription describe_this_process();

}  // namespace micromegas::tracing
