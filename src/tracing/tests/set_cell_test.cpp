#include "tracing/set_cell.h"

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

namespace micromegas::tracing {
namespace {

constexpr std::uint32_t kNumber = 0x0001'0007;
constexpr std::size_t kLargest = PropertyTable::kSizes.size() - 1;

/// A cell of the largest size, and what can happen to it.
class Cell {
 public:
  void write(std::uint32_t number, const PropertyText& text) {
    write_set_cell(reinterpret_cast<std::byte*>(words_.data()), number, text);
  }

  /// Bytes of a text that nobody has checked, under a hash that is right.
  void forge(std::string_view bytes) {
    std::vector<std::uint64_t> words((bytes.size() + 7) / 8);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    PropertyText text;
    text.copy_from(bytes.size(), [&](std::size_t i) { return words[i]; });
    write(kNumber, text);
  }

  void flip(std::size_t bit) { words_.at(bit / 64) ^= std::uint64_t{1} << bit % 64; }

  ByteView bytes() const { return std::as_bytes(std::span(words_)); }

  /// `number: b=2 a=1`, or nothing.
  std::string read() const { return read(bytes()); }
  static std::string read(ByteView bytes) {
    PropertyText text;
    const std::uint32_t number = read_set_cell(bytes, text);
    CHECK((number == 0) == text.empty());
    std::string all = number == 0 ? "" : std::to_string(number) + ':';
    for (const Property& property : text.properties()) {
      all += ' ' + std::string(property.name) + '=' + std::string(property.value);
    }
    return all;
  }

 private:
  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(bytes_of_set_cell(kLargest) / 8);
};

void assign(PropertyText& text, std::vector<Property> properties) {
  CHECK(text.assign(properties) == 0);
}

/// A property as a text has it.
std::string piece(std::string_view name, std::string_view value) {
  std::string bytes;
  for (const std::string_view part : {name, value}) {
    bytes += static_cast<char>(part.size() % 256);
    bytes += static_cast<char>(part.size() / 256);
  }
  return bytes.append(name).append(value);
}

TEST_CASE("a set of properties is read as it was written", "[set_cell]") {
  Cell cell;
  CHECK(cell.read().empty());
  PropertyText text;
  assign(text, {{"user", "ann"}, {"tenant", "7"}, {"", ""}});
  cell.write(kNumber, text);
  CHECK(cell.read() == std::to_string(kNumber) + ": user=ann tenant=7 =");
  // Over what was there, and up to the largest.
  const std::string value(PropertySet::kMaxBytes - 1, 'v');
  assign(text, {{"n", value}});
  cell.write(kNumber + 1, text);
  CHECK(cell.read() == std::to_string(kNumber + 1) + ": n=" + value);
  assign(text, {{"n", "1"}});
  cell.write(0xffff'ffff, text);
  CHECK(cell.read() == "4294967295: n=1");
}

TEST_CASE("a process that dies while it writes a set leaves none", "[set_cell]") {
  PropertyText first;
  assign(first, {{"user", "ann"}, {"tenant", "7"}});
  PropertyText second;
  assign(second, {{"user", "bob"}, {"tenant", "8"}});
  // All but the number has been stored, or nothing else, or any part.
  Cell whole;
  whole.write(kNumber, second);
  for (std::size_t stored = 8; stored <= whole.bytes().size(); stored += 8) {
    Cell cell;
    cell.write(kNumber - 1, first);
    Bytes bytes(cell.bytes().begin(), cell.bytes().end());
    std::memcpy(bytes.data(), whole.bytes().data(), stored);
    std::memset(bytes.data(), 0, sizeof(std::uint32_t));
    CHECK(Cell::read(bytes).empty());
  }
}

TEST_CASE("a bit that flips makes no other set", "[set_cell]") {
  PropertyText text;
  assign(text, {{"user", "ann"}, {"tenant", "7"}});
  Cell cell;
  cell.write(kNumber, text);
  const std::string written = cell.read();
  const std::size_t used = (sizeof(SetCell) + 8 * text.nb_words()) * 8;
  for (std::size_t bit = 0; bit < cell.bytes().size() * 8; ++bit) {
    cell.flip(bit);
    const bool in_number = bit < 32;
    const bool in_reserved = bit >= 96 && bit < 128;
    if (in_number) {
      CHECK(cell.read().substr(cell.read().find(':')) == written.substr(written.find(':')));
    } else if (in_reserved || bit >= used) {
      CHECK(cell.read() == written);
    } else {
      CHECK(cell.read().empty());
    }
    cell.flip(bit);
  }
}

TEST_CASE("a set is as a process would have written it", "[set_cell]") {
  Cell cell;
  cell.forge(piece("b", "2") + piece("a", "1"));
  REQUIRE(cell.read() == std::to_string(kNumber) + ": b=2 a=1");
  const auto forged = [&cell](const std::string& bytes) {
    cell.forge(bytes);
    return cell.read();
  };
  CHECK(forged(piece("a", "1") + piece("b", "2")).empty());       // Not sorted.
  CHECK(forged(piece("a", "1") + piece("a", "2")).empty());       // A name twice.
  CHECK(forged(piece("a", "\xff")).empty());                      // No UTF-8.
  CHECK(forged(piece("a", "1") + std::string(3, '\0')).empty());  // Half a property.
  CHECK(forged(std::string("\5\0\5\0abc", 7)).empty());           // Longer than it is.
  std::string many;
  for (char name = '!' + 32; name >= '!'; --name) many += piece({&name, 1}, "");
  CHECK(forged(many).empty());  // One more than there may be.
}

TEST_CASE("a cell that is cut off holds no set", "[set_cell]") {
  PropertyText text;
  assign(text, {{"user", "ann"}, {"tenant", "7"}});
  Cell cell;
  cell.write(kNumber, text);
  const std::size_t used = sizeof(SetCell) + 8 * text.nb_words();
  CHECK(!Cell::read(cell.bytes().first(used)).empty());
  for (std::size_t size = 0; size < sizeof(SetCell) + text.bytes(); ++size) {
    CHECK(Cell::read(cell.bytes().first(size)).empty());
  }
}

}  // namespace
}  // namespace micromegas::tracing
