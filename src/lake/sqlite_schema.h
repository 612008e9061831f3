#pragma once

#include <cstdint>
#include <filesystem>

#include "lake/sqlite.h"

namespace micromegas::lake {

/// Makes the metadata database with its tables (docs/formats/lake-layout.md) when it is not there.
/// Several processes may do so at once: the file gets its name when it is complete, once.
void make_database(const std::filesystem::path& file);

/// Prepares a connection to a database that is there. Throws as `check_database_version` does.
void configure_connection(SqliteConnection& connection, const std::filesystem::path& file);

/// Throws `Error{kInvalidArgument}` naming the file unless a program that knows the formats 1 to
/// `newest_known` can open the database: older ones it can, whereas a newer one may hold what it
/// would not understand. A program that knows two formats brings the older one up to date here,
/// one step for each version.
void check_database_version(std::int64_t found, std::int64_t newest_known,
                            const std::filesystem::path& file);

}  // namespace micromegas::lake
