// SPDX-License-Identifier: ISC
//
// conf/source_text.cpp - the text of a configuration, with the files it includes put in.

#include "conf/source_text.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/text.h"
#include "base/text_file.h"
#include "conf/lexical_scanner.h"

namespace postern::conf {

namespace {

constexpr std::size_t max_octets = std::size_t{4} << 20;  // all files together
constexpr std::size_t max_depth = 10;                     // of includes in includes
constexpr std::string_view keyword = "@include";

bool is_include(std::string_view line) {
  return trim(line).starts_with(keyword);
}

// The name in @include "name"; nothing if the line is not of that form.
std::optional<std::string> included_name(std::string_view line) {
  std::string_view rest = trim(trim(line).substr(keyword.size()));
  if (!rest.starts_with('"')) return std::nullopt;
  rest.remove_prefix(1);
  const std::size_t quote = rest.find('"');
  if (quote == std::string_view::npos || quote == 0) return std::nullopt;
  const std::string_view name = rest.substr(0, quote);
  const std::string_view behind = trim(rest.substr(quote + 1));
  const bool is_comment = behind.starts_with('#') || behind.starts_with("//");
  if (!(behind.empty() || is_comment) || name.find('\\') != std::string_view::npos) {
    return std::nullopt;
  }
  return std::string(name);
}

}  // namespace

// Builds a SourceText.
class SourceReader {
 public:
  explicit SourceReader(std::string main_file) { source_.files_.push_back(std::move(main_file)); }

  void read_main() {
    const std::string& path = source_.files_.front();
    auto text = read_text_file(path, max_octets);
    if (!text) {
      source_.faults_.push_back({0, text.error().message()});
      return;
    }
    directory_ = std::filesystem::path(path).parent_path();
    open_files_.push_back(0);
    add_file(*text, 0);
  }

  void add_file(std::string_view text, std::size_t file) {
    octets_ += text.size();
    unsigned number = 0;
    for (const std::string_view line : split_lines(text)) {
      source_.lines_.push_back({file, ++number});
      if (line.find('\0') != std::string_view::npos) {
        add_fault("NUL octet; this is not a text file");
        break;
      }
      add_line(line);
    }
    scanner_.end_file();
  }

  SourceText finish() {
    source_.string_lines_ = scanner_.string_lines();
    auto& faults = source_.faults_;
    faults.insert(faults.end(), scanner_.faults().begin(), scanner_.faults().end());
    std::stable_sort(faults.begin(), faults.end(),
                     [](const LineFault& a, const LineFault& b) { return a.line < b.line; });
    return std::move(source_);
  }

 private:
  unsigned line() const { return static_cast<unsigned>(source_.lines_.size()); }
  void add_fault(std::string text) { source_.faults_.push_back({line(), std::move(text)}); }

  void add_line(std::string_view line) {
    const bool include = !scanner_.in_comment() && is_include(line);
    const std::string_view kept = include ? std::string_view{} : line;
    source_.text_ += kept;
    source_.text_ += '\n';
    scanner_.scan(kept);
    if (include) add_include(line);
  }

  void add_include(std::string_view line) {
    const auto name = included_name(line);
    if (!name) return add_fault("write @include \"file\" on a line of its own");
    if (open_files_.empty()) return add_fault("@include is not possible here");
    const std::string path = (directory_ / *name).lexically_normal();
    const auto same_file = [&](std::size_t file) { return source_.files_[file] == path; };
    if (std::any_of(open_files_.begin(), open_files_.end(), same_file)) {
      return add_fault(cat("@include: ", printable(path), " includes itself"));
    }
    if (open_files_.size() > max_depth) return add_fault("@include: too many files in each other");
    const auto text = read_text_file(path, max_octets - octets_);
    if (!text) return add_fault(cat("@include: ", printable(path), " ", text.error().message()));
    source_.files_.push_back(path);
    open_files_.push_back(source_.files_.size() - 1);
    add_file(*text, open_files_.back());
    open_files_.pop_back();
  }

  SourceText source_;
  LexicalScanner scanner_;
  std::filesystem::path directory_;      // of the main file
  std::vector<std::size_t> open_files_;  // the main file and what is being included; indexes
  std::size_t octets_ = 0;               // read so far, at most max_octets
};

SourceText SourceText::from_file(const std::string& path) {
  SourceReader reader{path};
  reader.read_main();
  return reader.finish();
}

SourceText SourceText::from_text(std::string_view text) {
  SourceReader reader{"(text)"};
  reader.add_file(text, 0);
  return reader.finish();
}

std::string SourceText::directory() const {
  return std::filesystem::path(files_.front()).parent_path();
}

Fault SourceText::locate(const LineFault& fault) const {
  if (fault.line == 0 || lines_.empty()) return {files_.front(), 0, fault.text};
  const Line& line = lines_[std::min<std::size_t>(fault.line, lines_.size()) - 1];
  return {files_[line.file], line.number, fault.text};
}

}  // namespace postern::conf
