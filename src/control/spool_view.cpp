// SPDX-License-Identifier: ISC
//
// control/spool_view.cpp - the messages in the spool, for who administers it.

#include "control/spool_view.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace postern::control {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Result<Directory> open_directory(int root, const std::string& name) {
  UniqueFd fd{::openat(root, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd.is_open()) return fail_errno(cat("open ", name), errno);
  Directory directory{::fdopendir(fd.get())};
  if (!directory) return fail_errno(cat("open ", name), errno);
  std::ignore = fd.release();
  return directory;
}

// "<seconds>.<id>.<host>,S=<size>", and what a mail reader adds behind it.
std::optional<SpooledMessage> parse_name(std::string_view name) {
  const std::size_t first = name.find('.');
  const std::size_t second = name.find('.', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const auto seconds = parse_decimal<std::int64_t>(name.substr(0, first));
  if (!seconds || second == first + 1) return std::nullopt;
  SpooledMessage message;
  message.id = name.substr(first + 1, second - first - 1);
  message.seconds = *seconds;
  constexpr std::string_view mark = ",S=";
  const std::size_t size = name.find(mark, second);
  if (size != std::string_view::npos) {
    std::string_view digits = name.substr(size + mark.size());
    digits = digits.substr(0, digits.find_first_not_of("0123456789"));
    message.octets = parse_decimal<std::uint64_t>(digits).value_or(0);
  }
  return message;
}

// Without the flags that a mail reader has put behind it.
std::string plain_name(const std::string& path) {
  const std::string name = path.substr(path.find('/') + 1);
  return name.substr(0, name.find(':'));
}

}  // namespace

Result<SpoolView> SpoolView::open(const std::string& path) {
  UniqueFd root{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!root.is_open()) return fail_errno(cat("open ", path), errno);
  return SpoolView{std::move(root)};
}

Result<SpoolStatus> SpoolView::status(std::int64_t now) const {
  const auto messages = list();
  if (!messages) return tl::unexpected(messages.error());
  struct statvfs space {};
  if (::fstatvfs(root_.get(), &space) != 0) return fail_errno("look at the spool", errno);
  SpoolStatus status;
  status.taken = static_cast<std::uint64_t>(
      std::count_if(messages->begin(), messages->end(), [](const auto& m) { return m.is_taken; }));
  status.fresh = messages->size() - status.taken;
  if (!messages->empty()) {
    status.oldest_seconds = std::max<std::int64_t>(now - messages->front().seconds, 0);
  }
  status.free_octets = std::uint64_t{space.f_bavail} * space.f_frsize;
  return status;
}

Result<std::vector<SpooledMessage>> SpoolView::list() const {
  std::vector<SpooledMessage> messages;
  // In this order: what is taken in between is seen twice rather than never.
  for (const char* directory : {"new", "cur"}) {
    if (auto appended = append(directory, messages); !appended) {
      return tl::unexpected(appended.error());
    }
  }
  std::stable_sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) {
    return std::tie(a.seconds, a.id) < std::tie(b.seconds, b.id);
  });
  return messages;
}

Result<void> SpoolView::append(const std::string& directory,
                               std::vector<SpooledMessage>& messages) const {
  auto entries = open_directory(root_.get(), directory);
  if (!entries) return tl::unexpected(entries.error());
  while (const dirent* entry = ::readdir(entries->get())) {
    auto message = parse_name(entry->d_name);
    if (!message) continue;
    message->path = cat(directory, "/", entry->d_name);
    message->is_taken = directory == "cur";
    messages.push_back(std::move(*message));
  }
  return {};
}

Result<SpooledMessage> SpoolView::find(const std::string& id) const {
  auto messages = list();
  if (!messages) return tl::unexpected(messages.error());
  const auto found = std::find_if(messages->rbegin(), messages->rend(),
                                  [&](const auto& message) { return message.id == id; });
  if (found != messages->rend()) return std::move(*found);
  return fail(Errc::permanent, cat("there is no message ", printable(id), " in the spool"));
}

Result<std::string> SpoolView::read(const SpooledMessage& message, std::size_t max_octets) const {
  const UniqueFd fd{
      ::openat(root_.get(), message.path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  if (!fd.is_open()) return fail_errno(cat("open ", message.path), errno);
  std::string text(max_octets, '\0');
  std::size_t size = 0;
  while (size < max_octets) {
    const ssize_t octets = ::read(fd.get(), text.data() + size, max_octets - size);
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return fail_errno(cat("read ", message.path), errno);
    if (octets == 0) break;
    size += static_cast<std::size_t>(octets);
  }
  text.resize(size);
  return text;
}

Result<void> SpoolView::release(const SpooledMessage& message) const {
  if (!message.is_taken) return fail(Errc::permanent, "nobody has taken that message");
  const std::string to = cat("new/", plain_name(message.path));
  if (::renameat(root_.get(), message.path.c_str(), root_.get(), to.c_str()) != 0) {
    return fail_errno(cat("rename ", message.path, " to ", to), errno);
  }
  return {};
}

Result<void> SpoolView::remove(const SpooledMessage& message) const {
  if (::unlinkat(root_.get(), message.path.c_str(), 0) != 0) {
    return fail_errno(cat("remove ", message.path), errno);
  }
  return {};
}

}  // namespace postern::control
