// SPDX-License-Identifier: ISC
//
// conf/fault.h - what is wrong with a configuration, and where.

#pragma once

#include <string>

namespace postern::conf {

// One fault of a configuration.  message() is "file:line: setting: what is wrong"; line 0 (a
// fault of the whole, or a file that cannot be read) leaves ":line" out.
struct Fault {
  std::string file;
  unsigned line = 0;
  std::string text;

  std::string message() const;
};

// The same while it is being found: the line is one of SourceText's, includes put in.
struct LineFault {
  unsigned line = 0;
  std::string text;
};

}  // namespace postern::conf
