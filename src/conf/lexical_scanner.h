// SPDX-License-Identifier: ISC
//
// conf/lexical_scanner.h - looks at configuration text before libconfig does.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/fault.h"

namespace postern::conf {

// Follows the comments, strings and numbers of libconfig's grammar, line by line.
//
// libconfig takes some things without a word that no administrator means: a comment that never
// ends swallows the rest of the file, a string may run over many lines, a number beyond 32 bits
// turns into another one.  They are faults here.  It also reports the line behind a string that
// is the last of a list, which is why the lines of the strings are kept.
class LexicalScanner {
 public:
  // The next line, without its line end; lines count from 1.
  void scan(std::string_view line);

  // The file that the lines came from ends: nothing may be open.
  void end_file();

  bool in_comment() const { return comment_line_ != 0; }

  // For each string value, in order, the line it begins on.  Adjacent strings are one value.
  const std::vector<unsigned>& string_lines() const { return string_lines_; }
  const std::vector<LineFault>& faults() const { return faults_; }

 private:
  std::size_t scan_token(std::string_view line, std::size_t begin);
  std::size_t scan_string(std::string_view line, std::size_t begin);
  std::size_t scan_number(std::string_view line, std::size_t begin);

  unsigned line_ = 0;
  unsigned comment_line_ = 0;  // where the open /* stands; 0: none is open
  bool behind_string_ = false;
  std::vector<unsigned> string_lines_;
  std::vector<LineFault> faults_;
};

}  // namespace postern::conf
