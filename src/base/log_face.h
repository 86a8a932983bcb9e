// SPDX-License-Identifier: ISC
//
// base/log_face.h - how a record is written.

#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/log_record.h"

namespace postern::log {

// One line of the log: who says it, and what.
struct Line {
  std::string_view ident;  // "posternd"; it lives as long as the program
  std::string text;        // one line, without its end
};

// A face turns a record into lines, most of them into one.  It is a pure function.
struct Face {
  std::vector<Line> (*lines)(const Record& record);

  // What stands before the text in a file and on standard error, where nobody else writes it.
  std::string (*heading)(const Record& record, std::string_view ident);
};

// "event key=value ...", behind time, process and level.
const Face& keyvalue_face();

// One JSON object (RFC 8259), which has it all.
const Face& json_face();

// The text of the first of them.  Values are cut after 512 octets.
std::string keyvalue_text(const Record& record);

// RFC 3339 with milliseconds, in local time, as syslog daemons write it; the time zone must not
// change meanwhile.
std::string timestamp(std::chrono::system_clock::time_point time);

}  // namespace postern::log
