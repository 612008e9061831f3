#include "lake/sqlite_metadata_store.h"

#include "lake/sqlite_schema.h"

namespace micromegas::lake {
namespace {

std::filesystem::path made(const std::filesystem::path& file) {
  make_database(file);
  return file;
}

}  // namespace

SqliteMetadataStore::SqliteMetadataStore(const std::filesystem::path& file)
    : writer_(made(file)), readers_(file) {
  configure_connection(writer_, file);
}

void SqliteMetadataStore::write(const std::function<bool(SqliteConnection&)>& work) {
  const std::lock_guard lock(writer_mutex_);
  SqliteTransaction transaction(writer_, SqliteTransaction::Mode::kWrite);
  if (work(writer_)) transaction.commit();
}

}  // namespace micromegas::lake
