#pragma once

#include <string_view>

#include "wire/messages.h"

namespace micromegas::lake {

/// What a lake holds of text. Characters are Unicode code points. The bounds are those of the
/// original's database where it has any: what one server accepts, another one can hold.
inline constexpr std::size_t kMaxProcessTextCharacters = 255;  ///< `exe`, `username`, ...
inline constexpr std::size_t kMaxTagCharacters = 4096;
inline constexpr std::size_t kMaxPropertyKeyCharacters = 4096;
inline constexpr std::size_t kMaxPropertyValueCharacters = 1 << 20;
inline constexpr std::size_t kMaxViewNameCharacters = 255;  ///< View set and instance.
inline constexpr std::size_t kMaxPathCharacters = 2047;

/// Property keys beginning with this are ours: a producer's are dropped.
inline constexpr std::string_view kReservedPropertyPrefix = "micromegas.";

/// Throws `Error{kInvalidArgument}` naming the field: "exe: holds a NUL at byte 3", "username: 300
/// characters, at most 255". Every store calls them, and so does who wants to refuse one row before
/// it spoils a batch.
void check_text(const wire::ProcessInfo& process);
void check_text(const wire::StreamInfo& stream);
void check_text(std::string_view field, std::string_view text, std::size_t max_characters);

}  // namespace micromegas::lake
