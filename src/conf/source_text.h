// SPDX-License-Identifier: ISC
//
// conf/source_text.h - the text of a configuration, with the files it includes put in.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/fault.h"

namespace postern::conf {

// One text that libconfig can read, and where each of its lines comes from.
//
// Includes are put in here because libconfig's own way opens whatever it finds, ends the process
// when that is a directory, and goes on after a NUL or half of a file.  An @include must be alone
// on its line.  Its line stays in the text, empty, so that a fault can point to it.
class SourceText {
 public:
  // path and all it includes; relative names are looked up in the directory of path.
  static SourceText from_file(const std::string& path);
  // text alone; @include is a fault.
  static SourceText from_text(std::string_view text);

  // No "\0", and a line end behind the last line.  Only of use while faults() is empty.
  const std::string& text() const { return text_; }

  // Of the main file; empty if there is none.
  std::string directory() const;

  // For each string value in text, in order, the line it begins on.
  const std::vector<unsigned>& string_lines() const { return string_lines_; }

  // Whatever keeps the text from being read at all.
  const std::vector<LineFault>& faults() const { return faults_; }

  // The fault with the file and line that its line came from; a line behind the last is the last.
  Fault locate(const LineFault& fault) const;

 private:
  friend class SourceReader;

  struct Line {
    std::size_t file;  // index in files_
    unsigned number;
  };

  std::string text_;
  std::vector<std::string> files_;  // the main file first
  std::vector<Line> lines_;
  std::vector<unsigned> string_lines_;
  std::vector<LineFault> faults_;
};

}  // namespace postern::conf
