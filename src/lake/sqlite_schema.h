#pragma once

#include <filesystem>

#include "lake/sqlite.h"

namespace micromegas::lake {

/// Makes the metadata database with its tables (docs/formats/lake-layout.md) when it is not there.
/// Several processes may do so at once: the file gets its name when it is complete, once.
void make_database(const std::filesystem::path& file);

/// Prepares a connection to a database that is there. Throws `Error{kInvalidArgument}` naming the
/// file when a newer program made it.
void configure_connection(SqliteConnection& connection, const std::filesystem::path& file);

}  // namespace micromegas::lake
