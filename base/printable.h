#pragma once

#include <string>
#include <string_view>

namespace gpt2run {

// Text from outside as a terminal may be shown it: what is no character or would command the
// terminal stands as \xNN.

// A name or value within a message: line ends are escaped too, and all but the beginning is cut
// off.
std::string printable(std::string_view text);

// A whole message of one line: line ends are escaped too.
std::string printable_line(std::string_view text);

// A whole message with a list below it: the items' lines, indented by two spaces, are kept.
std::string printable_lines(std::string_view text);

}  // namespace gpt2run
