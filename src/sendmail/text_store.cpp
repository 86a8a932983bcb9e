// SPDX-License-Identifier: ISC
//
// sendmail/text_store.cpp - a text of any size, written once and then read once.

#include "sendmail/text_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/text.h"

namespace postern::sendmail {

namespace {

constexpr std::size_t most_in_memory = std::size_t{64} << 10;

std::string directory() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
}

// Not every file system has files without a name.
Result<UniqueFd> open_nameless_file() {
  const std::string in = directory();
  UniqueFd fd{::open(in.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (fd.is_open()) return fd;
  std::string name = cat(in, "/postern-sendmail.XXXXXX");
  fd.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(cat("make a file in ", in), errno);
  ::unlink(name.c_str());
  return fd;
}

}  // namespace

Result<void> TextStore::append(std::string_view text) {
  buffer_ += text;
  octets_ += text.size();
  return buffer_.size() > most_in_memory ? write_out() : Result<void>{};
}

Result<void> TextStore::write_out() {
  if (!file_.is_open()) {
    auto file = open_nameless_file();
    if (!file) return tl::unexpected(std::move(file.error()));
    file_ = std::move(*file);
  }
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t octets = ::write(file_.get(), rest.data(), rest.size());
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return fail_errno(cat("write a file in ", directory()), errno);
    rest.remove_prefix(static_cast<std::size_t>(octets));
  }
  buffer_.clear();
  return {};
}

Result<std::string_view> TextStore::next() {
  if (read_ == octets_) return std::string_view{};
  if (!file_.is_open()) {
    read_ = octets_;
    return std::string_view(buffer_);
  }
  if (read_ == 0) {
    if (auto written = write_out(); !written) return tl::unexpected(std::move(written.error()));
  }
  buffer_.resize(most_in_memory);
  for (;;) {
    const ssize_t octets =
        ::pread(file_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(read_));
    if (octets < 0 && errno == EINTR) continue;
    if (octets <= 0)
      return fail_errno(cat("read a file in ", directory()), octets < 0 ? errno : EIO);
    read_ += static_cast<std::uint64_t>(octets);
    return std::string_view(buffer_).substr(0, static_cast<std::size_t>(octets));
  }
}

}  // namespace postern::sendmail
