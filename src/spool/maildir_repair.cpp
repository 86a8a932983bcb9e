// SPDX-License-Identifier: ISC
//
// spool/maildir_repair.cpp - messages in the Maildir that may not be what was written.

#include "spool/maildir_repair.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <utility>

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

// The envelope and the field Received behind it, which have the id and the host.  Nothing if there
// is no such thing, or rubbish in it.
std::optional<std::string_view> head_of(std::string_view text) {
  if (!parse_envelope(text)) return std::nullopt;
  std::size_t end = text.find("\nReceived:") + 1;
  do {
    end = text.find('\n', end);
    if (end == std::string_view::npos) return std::nullopt;
    ++end;
  } while (text.substr(end).starts_with(' ') || text.substr(end).starts_with('\t'));
  const std::string_view head = text.substr(0, end);
  const bool is_text = std::all_of(head.begin(), head.end(),
                                   [](char c) { return !is_control(c) || c == '\n' || c == '\t'; });
  if (!is_text) return std::nullopt;
  return head;
}

// A message of the same name, by another host's clock or process id.  Behind the head, and in one
// that is none, what differs is what a power failure has made of ours: zeros, or what the disk held
// before.
bool is_another(std::string_view there, std::string_view text) {
  const auto head = head_of(there);
  const auto ours = head_of(text);
  return there.size() == text.size() && head && ours &&
         !is_same_but_marks(std::string{*head}, *ours);
}

// Whether the line around a mark is whole: else the mark may be anything.
bool is_mark_of_ours(std::string_view there, std::string_view text, std::size_t mark) {
  if (there.size() <= mark || !is_delivery_mark(there[mark])) return false;
  const std::size_t begin = text.rfind('\n', mark) + 1;
  const std::size_t end = text.find('\n', mark);
  return there.substr(begin, mark - begin) == text.substr(begin, mark - begin) &&
         there.substr(mark + 1, end - mark) == text.substr(mark + 1, end - mark);
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
  Found refused;
  const std::string other = other_path(delivery);
  // What recovery writes beside a refused file may find that name taken, too.
  const std::string third =
      other_path({delivery.sequence, delivery.tmp_path, other, delivery.text});
  for (const std::string& path : {third, other, delivery.new_path}) {
    const auto [begin, end] = paths_.equal_range(std::string_view{path}.substr(path.find('/') + 1));
    for (auto each = begin; each != end; ++each) {
      auto found = rewrite_at(each->second, delivery.text);
      if (!found || (found->is_there && !found->refused)) return found;
      if (found->refused) refused = std::move(*found);
    }
  }
  return refused;
}

Result<MaildirRepair::Found> MaildirRepair::rewrite_at(const std::string& path,
                                                       std::string_view text) {
  const auto there = files_.read(path);
  if (!there && there.error().sys_errno == ENOENT) return Found{};
  if (!there && is_refusal(there.error())) return Found{true, there.error(), true};
  if (!there) return tl::unexpected(there.error());
  if (is_another(*there, text)) return Found{};
  const auto fd = files_.open(path);
  if (!fd && fd.error().sys_errno == ENOENT) return Found{};
  if (!fd && is_refusal(fd.error())) {
    return is_same_but_marks(*there, text) ? Found{true} : Found{true, fd.error()};
  }
  if (!fd) return tl::unexpected(fd.error());
  if (auto written = write_all_but_marks(fd->get(), *there, text); !written) {
    return tl::unexpected(written.error());
  }
  return Found{true};
}

Result<void> MaildirRepair::write_all_but_marks(int fd, std::string_view there,
                                                std::string_view text) {
  std::size_t begin = 0;
  for (const std::size_t mark : mark_positions(text)) {
    if (!is_mark_of_ours(there, text, mark)) continue;
    auto written = files_.write_at(fd, begin, text.substr(begin, mark - begin));
    if (!written) return written;
    begin = mark + 1;
  }
  return files_.write_at(fd, begin, text.substr(begin));
}

}  // namespace postern::spool
