#pragma once

#include <string>

#include "auth/api_keys.h"

namespace arrow::flight {
class FlightServerOptions;
class ServerCallContext;
}  // namespace arrow::flight

namespace micromegas::flight {

/// Makes every call show a key: `authorization: Bearer <key>`. In a Handshake, where JDBC and ADBC
/// send a user and a password, `Basic` is taken too: the password is the key, and the answer's
/// header names the bearer token to go on with. Without keys everybody may call.
///
/// Calls without a valid key end with UNAUTHENTICATED "invalid token", whatever was wrong.
void add_authentication(arrow::flight::FlightServerOptions& options, auth::ApiKeys keys);

/// The name of the key that a call showed; `-` where none was asked for.
std::string caller_of(const arrow::flight::ServerCallContext& context);

}  // namespace micromegas::flight
