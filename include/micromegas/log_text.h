#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace micromegas {

/// The text of one log while it is put together: on the stack, of a bounded length. What goes
/// beyond is cut off, not within a character of UTF-8.
class LogText {
 public:
  static constexpr std::size_t kMaxBytes = 8000;

  LogText() noexcept = default;
  LogText(const LogText&) = delete;
  LogText& operator=(const LogText&) = delete;

  void append(std::string_view text) noexcept {
    const std::size_t room = kMaxBytes - size_;
    if (text.size() > room || truncated_) {
      append_in_part(text);
      return;
    }
    if (!text.empty()) std::memcpy(bytes_ + size_, text.data(), text.size());
    size_ += text.size();
  }

  /// A number as `std::to_chars` writes it, the shortest that reads back as the same.
  template <class Number>
  void append_number(Number number, int base = 10) noexcept {
    constexpr std::size_t kLongest = 80;  // 64 bits in base 2; no number has more digits in 10.
    char digits[kLongest];
    std::to_chars_result end{};
    if constexpr (std::is_floating_point_v<Number>) {
      end = std::to_chars(digits, digits + kLongest, number);
    } else {
      end = std::to_chars(digits, digits + kLongest, number, base);
    }
    if (end.ec == std::errc()) append({digits, static_cast<std::size_t>(end.ptr - digits)});
  }

  std::string_view view() const noexcept { return {bytes_, size_}; }
  /// Something was cut off.
  bool truncated() const noexcept { return truncated_; }

 private:
  void append_in_part(std::string_view text) noexcept {
    if (!truncated_) {
      // The last byte that stays is not followed by one that continues its character.
      const std::size_t room = kMaxBytes - size_;
      std::size_t keep = room;
      while (keep > 0 && room - keep < 3 && continues_character(text[keep])) --keep;
      std::memcpy(bytes_ + size_, text.data(), keep);
      size_ += keep;
    }
    truncated_ = true;
  }

  static bool continues_character(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
  }

  std::size_t size_ = 0;
  bool truncated_ = false;
  char bytes_[kMaxBytes];
};

namespace detail {

template <class T>
concept HasLogTextHook = requires(LogText& text, const T& value) { append_log_text(text, value); };

template <class T>
inline constexpr bool kCannotBeLogged = false;

inline void append_c_string(LogText& text, const char* string) noexcept {
  text.append(string == nullptr ? std::string_view("(null)") : std::string_view(string));
}

/// What `{}` becomes. A function `append_log_text(LogText&, const T&)` beside the type `T` has the
/// first word.
template <class T>
void append_value(LogText& text, const T& value) {
  using Decayed = std::decay_t<const T&>;
  if constexpr (HasLogTextHook<T>) {
    append_log_text(text, value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    text.append("0x0");
  } else if constexpr (std::is_same_v<T, bool>) {
    text.append(value ? "true" : "false");
  } else if constexpr (std::is_same_v<T, char>) {
    text.append({&value, 1});
  } else if constexpr (std::is_arithmetic_v<T>) {
    text.append_number(value);
  } else if constexpr (std::is_same_v<Decayed, const char*> || std::is_same_v<Decayed, char*>) {
    append_c_string(text, value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    text.append(value);
  } else if constexpr (std::is_enum_v<T>) {
    append_value(text, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::is_pointer_v<Decayed>) {
    text.append("0x");
    text.append_number(reinterpret_cast<std::uintptr_t>(static_cast<Decayed>(value)), 16);
  } else {
    static_assert(
        kCannotBeLogged<T>,
        "say how the type is logged: void append_log_text(micromegas::LogText&, const T&)");
  }
}

/// How many `{}` a text has. Below 0: a brace stands alone; as a character it is doubled.
consteval int count_placeholders(std::string_view text) {
  int count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{' && text[i] != '}') continue;
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == text[i]) {
      ++i;
    } else if (text[i] == '{' && next == '}') {
      ++count;
      ++i;
    } else {
      return -1;
    }
  }
  return count;
}

/// The text up to the next `{}`, which is taken off the front of `format`, braces made single.
inline void append_up_to_placeholder(LogText& text, std::string_view& format) noexcept {
  for (;;) {
    std::size_t brace = 0;  // `find_first_of` costs a call per character.
    while (brace < format.size() && format[brace] != '{' && format[brace] != '}') ++brace;
    text.append(format.substr(0, brace));
    format.remove_prefix(brace);
    if (format.empty()) return;
    const bool placeholder = format[0] == '{' && format[1] == '}';
    if (!placeholder) text.append(format.substr(0, 1));
    format.remove_prefix(2);
    if (placeholder) return;
  }
}

/// REQUIRES: as many placeholders as arguments.
template <class... Args>
void append_formatted(LogText& text, std::string_view format, const Args&... args) {
  ((append_up_to_placeholder(text, format), append_value(text, args)), ...);
  append_up_to_placeholder(text, format);
}

/// A text without arguments, braces made single, as part of the program.
template <std::size_t kSize>
struct FinalText {
  char bytes[kSize] = {};
  std::size_t size = 0;

  consteval explicit FinalText(const char (&text)[kSize]) {
    for (std::size_t i = 0; i + 1 < kSize; ++i) {
      bytes[size++] = text[i];
      if (text[i] == '{' || text[i] == '}') ++i;
    }
  }
  constexpr std::string_view view() const noexcept { return {bytes, size}; }
};

}  // namespace detail
}  // namespace micromegas
