#include <micromegas/properties.h>

#include "tracing/property_table.h"

namespace micromegas {

using tracing::PropertyTable;
using tracing::PropertyText;

PropertySet::PropertySet(std::span<const Property> properties) noexcept {
  if (properties.empty()) return;
  PropertyTable& table = PropertyTable::instance();
  PropertyText text;
  table.count_refused(text.assign(properties));
  id_ = table.intern(text);
}

PropertySet PropertySet::with(PropertySet own) const noexcept {
  if (own.empty() || own.id_ == id_) return *this;
  if (empty()) return own;
  PropertyTable& table = PropertyTable::instance();
  PropertyText outer_text;
  PropertyText own_text;
  if (!table.read(id_, outer_text)) return own;
  if (!table.read(own.id_, own_text)) return *this;
  PropertyText both;
  table.count_refused(both.assign(own_text.properties(), outer_text.properties()));
  return from_id(table.intern(both));
}

}  // namespace micromegas
