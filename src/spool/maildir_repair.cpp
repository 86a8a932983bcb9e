// SPDX-License-Identifier: ISC
//
// spool/maildir_repair.cpp - messages in the Maildir that may not be what was written.

#include "spool/maildir_repair.h"

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "spool/envelope_text.h"

namespace postern::spool {

namespace {

// Of this one file.  EROFS is of the file system, which may have failed: that is not passed over.
bool is_refusal(const Error& error) {
  return error.sys_errno == EACCES || error.sys_errno == EPERM;
}

bool is_same_but_marks(std::string there, std::string_view text) {
  if (there.size() != text.size()) return false;
  for (const std::size_t mark : mark_positions(text)) {
    if (is_delivery_mark(there[mark])) there[mark] = text[mark];
  }
  return there == text;
}

// A message of the same name, by another host's clock or process id.  What is ours and torn has
// zeros where it differs, or its envelope is none.
bool is_another(std::string_view there, std::string_view text) {
  if (there.size() != text.size() || !parse_envelope(there)) return false;
  const auto marks = mark_positions(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (there[i] == text[i] || there[i] == '\0') continue;
    const bool may_change =
        is_delivery_mark(there[i]) && std::find(marks.begin(), marks.end(), i) != marks.end();
    if (!may_change) return true;
  }
  return false;
}

}  // namespace

// Once: nobody is to move messages while the journal is recovered.  Who does all the same may have
// one twice.
Result<void> MaildirRepair::look() {
  if (has_looked_) return {};
  for (const char* directory : {"new", "cur"}) {
    const auto entries = files_.list(directory);
    if (!entries) return tl::unexpected(entries.error());
    for (const DirEntry& entry : *entries) {
      // ":2," and flags; the server puts no colon into a name.
      paths_.emplace(entry.name.substr(0, entry.name.find(':')), cat(directory, "/", entry.name));
    }
  }
  has_looked_ = true;
  return {};
}

Result<MaildirRepair::Found> MaildirRepair::rewrite(const Delivery& delivery) {
  if (auto looked = look(); !looked) return tl::unexpected(looked.error());
  for (const std::string& path : {other_path(delivery), delivery.new_path}) {
    const auto [begin, end] = paths_.equal_range(std::string_view{path}.substr(path.find('/') + 1));
    for (auto each = begin; each != end; ++each) {
      auto found = rewrite_at(each->second, delivery.text);
      if (!found || found->is_there) return found;
    }
  }
  return Found{};
}

Result<MaildirRepair::Found> MaildirRepair::rewrite_at(const std::string& path,
                                                       std::string_view text) {
  const auto there = files_.read(path);
  if (!there && there.error().sys_errno == ENOENT) return Found{};
  if (!there && is_refusal(there.error())) return Found{true, there.error()};
  if (!there) return tl::unexpected(there.error());
  if (is_another(*there, text)) return Found{};
  const auto fd = files_.open(path);
  if (!fd && fd.error().sys_errno == ENOENT) return Found{};
  if (!fd && is_refusal(fd.error())) {
    return is_same_but_marks(*there, text) ? Found{true, {}} : Found{true, fd.error()};
  }
  if (!fd) return tl::unexpected(fd.error());
  if (auto written = write_all_but_marks(fd->get(), *there, text); !written) {
    return tl::unexpected(written.error());
  }
  return Found{true, {}};
}

Result<void> MaildirRepair::write_all_but_marks(int fd, std::string_view there,
                                                std::string_view text) {
  std::size_t begin = 0;
  for (const std::size_t mark : mark_positions(text)) {
    if (mark >= there.size() || !is_delivery_mark(there[mark])) continue;
    auto written = files_.write_at(fd, begin, text.substr(begin, mark - begin));
    if (!written) return written;
    begin = mark + 1;
  }
  return files_.write_at(fd, begin, text.substr(begin));
}

}  // namespace postern::spool
