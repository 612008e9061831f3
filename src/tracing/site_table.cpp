#include "tracing/site_table.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>

#include "tracing/crash_file.h"

namespace micromegas::tracing {
namespace {

constexpr std::size_t kMaxProbes = 64;

/// Cuts a name to the bound without splitting a UTF-8 character.
std::string_view cut(std::string_view name) noexcept {
  if (name.size() <= SiteTable::kMaxNameBytes) return name;
  std::size_t size = SiteTable::kMaxNameBytes;
  while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xc0) == 0x80) --size;
  return name.substr(0, size);
}

/// Copies texts into the memory behind a Site, one allocation for all.
class TextCopier {
 public:
  explicit TextCopier(char* at) noexcept : at_(at) {}
  std::string_view copy(std::string_view text) noexcept {
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
    const std::string_view copied(at_, text.size());
    at_ += text.size();
    return copied;
  }

 private:
  char* at_;
};

void* allocate_site(std::size_t text_bytes) noexcept {
  return std::malloc(sizeof(Site) + text_bytes);
}

void free_site(const Site* site) noexcept { std::free(const_cast<Site*>(site)); }

const Site* copy_site(const transit::CallSite& place) noexcept {
  void* memory = allocate_site(place.name.size() + place.target.size() + place.module_path.size() +
                               place.file.size());
  if (memory == nullptr) return nullptr;
  Site* copied = ::new (memory) Site;
  TextCopier texts(reinterpret_cast<char*>(copied + 1));
  copied->call_site = place;
  copied->call_site.name = texts.copy(place.name);
  copied->call_site.target = texts.copy(place.target);
  copied->call_site.module_path = texts.copy(place.module_path);
  copied->call_site.file = texts.copy(place.file);
  return copied;
}

const Site* copy_name(const Site& location, std::int32_t number, std::string_view name) noexcept {
  void* memory = allocate_site(name.size());
  if (memory == nullptr) return nullptr;
  Site* copied = ::new (memory) Site;
  TextCopier texts(reinterpret_cast<char*>(copied + 1));
  copied->call_site = location.call_site;
  copied->run_time_name = texts.copy(name);
  copied->location = number;
  return copied;
}

}  // namespace

SiteTable::~SiteTable() {
  for (std::atomic<Page*>& slot : pages_) {
    Page* page = slot.load(std::memory_order_relaxed);
    if (page == nullptr) continue;
    for (std::atomic<const Site*>& site : *page) free_site(site.load(std::memory_order_relaxed));
    std::free(page);
  }
}

SiteTable& SiteTable::instance() noexcept {
  union NeverDestroyed {
    SiteTable table;
    constexpr NeverDestroyed() noexcept : table() {}
    ~NeverDestroyed() {}
  };
  static constinit NeverDestroyed never;
  return never.table;
}

std::int32_t SiteTable::number(SpanSite& site) noexcept {
  return number(site, {site.name(), site.target(), site.target(), site.file(), site.line()});
}

std::int32_t SiteTable::number(detail::SiteState& site, const transit::CallSite& place) noexcept {
  const std::int32_t number = site.number();
  if (number != 0) return number;
  const Site* copied = copy_site(place);
  if (copied == nullptr) return 0;
  const std::int32_t ours = add(copied);
  if (ours == 0) {
    free_site(copied);
    return 0;
  }
  // Two threads may get here together: one number wins, the other is never used.
  // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the table has the copy.
  return site.set_number(ours);
}

std::int32_t SiteTable::number(SpanSite& location, std::string_view name) noexcept {
  const std::int32_t location_number = number(location);
  if (location_number <= 0) return location_number;
  const std::int32_t found = find_or_add_name(location_number, cut(name), false);
  if (found != 0) return found;
  names_refused_.fetch_add(1, std::memory_order_relaxed);
  return find_or_add_name(location_number, kOtherNames, true);
}

const Site* SiteTable::find(std::int32_t number) const noexcept {
  const Page* page = pages_[number / kPageSites].load(std::memory_order_acquire);
  return page == nullptr ? nullptr : (*page)[number % kPageSites].load(std::memory_order_acquire);
}

std::int32_t SiteTable::add(const Site* site) noexcept {
  if (last_number_.load(std::memory_order_relaxed) >= kMaxSites) return 0;
  const std::int32_t number = last_number_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (number > kMaxSites || !put(number, site)) return 0;
  // Who misses a file that has just come is not missed by `tell_all`.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (CrashFile* crash_file = CrashFile::current()) crash_file->add_site(number, *site);
  return number;
}

bool SiteTable::put(std::int32_t number, const Site* site) noexcept {
  std::atomic<Page*>& page = pages_[number / kPageSites];
  Page* there = page.load(std::memory_order_acquire);
  if (there == nullptr) {
    void* memory = std::calloc(1, sizeof(Page));
    if (memory == nullptr) return false;
    Page* ours = static_cast<Page*>(memory);
    if (page.compare_exchange_strong(there, ours, std::memory_order_acq_rel)) {
      there = ours;
    } else {
      std::free(memory);
    }
  }
  (*there)[number % kPageSites].store(site, std::memory_order_release);
  return true;
}

void SiteTable::tell_all(CrashFile& crash_file) const noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const std::int32_t last = std::min(last_number_.load(std::memory_order_relaxed), kMaxSites);
  for (std::int32_t number = 1; number <= last; ++number) {
    if (const Site* site = find(number)) crash_file.add_site(number, *site);
  }
}

bool SiteTable::restore(std::int32_t number, const Site& site) noexcept {
  if (number <= 0 || number > kMaxSites || find(number) != nullptr) return false;
  const Site* copied = site.location != 0 ? copy_name(site, site.location, site.run_time_name)
                                          : copy_site(site.call_site);
  if (copied == nullptr) return false;
  if (put(number, copied)) return true;
  free_site(copied);
  return false;
}

std::int32_t SiteTable::find_or_add_name(std::int32_t location, std::string_view name,
                                         bool beyond_bound) noexcept {
  const std::size_t hash = std::hash<std::string_view>{}(name) ^
                           static_cast<std::size_t>(location) * 0x9e37'79b9'7f4a'7c15;
  std::int32_t ours = 0;
  for (std::size_t probe = 0; probe < kMaxProbes; ++probe) {
    std::atomic<std::int32_t>& slot = names_[(hash + probe) % kNameSlots];
    std::int32_t number = slot.load(std::memory_order_acquire);
    if (number == 0) {
      if (ours == 0) {
        if (!beyond_bound && nb_names_.load(std::memory_order_relaxed) >= kMaxNames) return 0;
        const Site* site = find(location);
        const Site* copied = site == nullptr ? nullptr : copy_name(*site, location, name);
        if (copied == nullptr) return 0;
        ours = add(copied);
        if (ours == 0) {
          free_site(copied);
          return 0;
        }
        nb_names_.fetch_add(1, std::memory_order_relaxed);
      }
      // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the table has the copy.
      if (slot.compare_exchange_strong(number, ours, std::memory_order_acq_rel)) return ours;
      // Another thread took the slot, perhaps for the same name.
    }
    const Site* site = find(number);
    if (site != nullptr && site->location == location && site->run_time_name == name) {
      return number;
    }
  }
  return 0;
}

}  // namespace micromegas::tracing
