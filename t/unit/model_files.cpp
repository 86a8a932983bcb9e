// SPDX-License-Identifier: ISC
//
// t/unit/model_files.cpp - a disk in memory that fails and loses power where a test says.

#include "model_files.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "base/text.h"

namespace postern::test {

namespace {

std::string parent(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

constexpr std::size_t page = 512;

bool concerns(const std::string& path, const std::string& directory) {
  return !path.empty() && parent(path) == directory;
}

}  // namespace

void ModelFiles::restart() {
  for (const NameChange& change : pending_) {
    if (choose(2) == 1) apply(change, durable_names_);
  }
  pending_.clear();
  std::erase_if(durable_names_, [this](const auto& name) {
    const std::string directory = parent(name.first);
    return directory != "." && !durable_names_.contains(directory);
  });
  names_ = durable_names_;
  for (Inode& inode : inodes_) lose_power_of(inode);
  open_.clear();
  failures_.clear();
  power_loss_ = 0;
  has_power_ = true;
  death_ = 0;
  is_dead_ = false;
}

void ModelFiles::lose_power_of(Inode& inode) {
  const std::size_t saved = inode.durable.size();
  const std::size_t unsaved = inode.content.size() - inode.durable.size();
  inode.durable.resize(inode.durable.size() + choose(unsaved + 1));
  inode.dirty.merge(inode.lost);
  for (const std::size_t number : inode.dirty) {
    const std::size_t begin = number * page;
    if (begin >= inode.durable.size()) continue;
    const std::size_t size = std::min(page, inode.durable.size() - begin);
    const std::size_t fate = choose(begin < saved ? 2 : 3);
    if (fate == 1) continue;
    if (fate == 2) inode.durable.replace(begin, size, size, "TDF#"[choose(4)]);
    if (fate == 0) inode.durable.replace(begin, size, inode.content, begin, size);
  }
  inode.content = inode.durable;
  inode.dirty.clear();
  inode.lost.clear();
  inode.owes_error = false;
}

void ModelFiles::revive() {
  open_.clear();
  failures_.clear();
  death_ = 0;
  is_dead_ = false;
}

std::vector<std::string> ModelFiles::names(const std::string& directory) const {
  std::vector<std::string> found;
  for (const auto& [path, inode] : names_) {
    if (concerns(path, directory)) found.push_back(path.substr(path.rfind('/') + 1));
  }
  return found;
}

std::string ModelFiles::content(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? "" : inodes_[found->second].content;
}

Result<UniqueFd> ModelFiles::create(const std::string& path) {
  auto begun = begin_step(cat("create ", path));
  if (!begun) return tl::unexpected(begun.error());
  if (!names_.contains(parent(path))) return fail_errno(cat("create ", path), ENOENT);
  if (names_.contains(path)) return fail_errno(cat("create ", path), EEXIST);
  return open_inode(make_inode(path));
}

Result<UniqueFd> ModelFiles::open_inode(InodeNumber inode) {
  // A real descriptor, so that the number is nobody else's until it is closed.
  UniqueFd fd{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  open_[fd.get()] = inode;
  if (auto ended = end_step(); !ended) return tl::unexpected(ended.error());
  return fd;
}

Result<UniqueFd> ModelFiles::open(const std::string& path) {
  if (auto begun = begin_step(cat("open ", path)); !begun) return tl::unexpected(begun.error());
  const auto found = names_.find(path);
  if (found == names_.end()) return fail_errno(cat("open ", path), ENOENT);
  if (protected_.contains(path) || hidden_.contains(path))
    return fail_errno(cat("open ", path), EACCES);
  return open_inode(found->second);
}

Result<std::string> ModelFiles::read(const std::string& path) {
  if (auto begun = begin_step(cat("read ", path)); !begun) return tl::unexpected(begun.error());
  const auto found = names_.find(path);
  if (found == names_.end()) return fail_errno(cat("read ", path), ENOENT);
  if (hidden_.contains(path)) return fail_errno(cat("read ", path), EACCES);
  if (auto ended = end_step(); !ended) return tl::unexpected(ended.error());
  return inodes_[found->second].content;
}

Result<void> ModelFiles::write_at(int fd, std::uint64_t offset, std::string_view data) {
  Inode& inode = inodes_[open_.at(fd)];
  if (auto begun = begin_step(cat("write_at ", inode.path)); !begun) return begun;
  write_into(inode, offset, data);
  return end_step();
}

void ModelFiles::write_into(Inode& inode, std::size_t offset, std::string_view data) const {
  const std::size_t end = offset + data.size();
  if (end > inode.content.size()) inode.content.resize(end);
  inode.content.replace(offset, data.size(), data);
  for (std::size_t number = offset / page; number * page < end; ++number) {
    inode.dirty.insert(number);
    inode.lost.erase(number);
  }
  inode.modified_seconds = now_seconds;
}

Result<void> ModelFiles::append(int fd, std::string_view data) {
  Inode& inode = inodes_[open_.at(fd)];
  if (auto begun = begin_step(cat("append ", inode.path)); !begun) return begun;
  write_into(inode, inode.content.size(), data);
  return end_step();
}

Result<void> ModelFiles::sync_file(int fd) {
  Inode& inode = inodes_[open_.at(fd)];
  if (auto begun = begin_step(cat("sync_file ", inode.path)); !begun) {
    lose_writes_of(inode);
    inode.owes_error = false;
    return begun;
  }
  if (std::exchange(inode.owes_error, false)) return fail_errno(cat("sync ", inode.path), EIO);
  if (has_power_) save(inode);
  return end_step();
}

Result<void> ModelFiles::sync_all() {
  if (auto begun = begin_step("sync_all"); !begun) {
    for (Inode& inode : inodes_) {
      if (!inode.dirty.empty() && choose(2) == 1) lose_writes_of(inode);
    }
    return begun;
  }
  if (!has_power_) return end_step();
  for (Inode& inode : inodes_) save(inode);
  for (const NameChange& change : std::exchange(pending_, {})) apply(change, durable_names_);
  return {};
}

Result<void> ModelFiles::sync_directory(const std::string& path) {
  if (auto begun = begin_step(cat("sync_directory ", path)); !begun) return begun;
  if (path != "." && !names_.contains(path)) return fail_errno(cat("sync ", path), ENOENT);
  if (has_power_) settle_names(path);
  return end_step();
}

Result<void> ModelFiles::rename(const std::string& from, const std::string& to) {
  if (auto begun = begin_step(cat("rename ", from, " ", to)); !begun) return begun;
  const auto found = names_.find(from);
  if (found == names_.end() || !names_.contains(parent(to))) {
    return fail_errno(cat("rename ", from, " to ", to), ENOENT);
  }
  if (names_.contains(to)) return fail_errno(cat("rename ", from, " to ", to), EEXIST);
  change_name({found->second, from, to});
  return end_step();
}

Result<void> ModelFiles::remove(const std::string& path) {
  if (auto begun = begin_step(cat("remove ", path)); !begun) return begun;
  const auto found = names_.find(path);
  if (found == names_.end()) return fail_errno(cat("remove ", path), ENOENT);
  change_name({found->second, path, ""});
  return end_step();
}

Result<void> ModelFiles::make_directory(const std::string& path) {
  if (auto begun = begin_step(cat("make_directory ", path)); !begun) return begun;
  if (!names_.contains(path)) make_inode(path);
  return end_step();
}

Result<std::vector<DirEntry>> ModelFiles::list(const std::string& path) {
  if (auto begun = begin_step(cat("list ", path)); !begun) return tl::unexpected(begun.error());
  if (!names_.contains(path)) return fail_errno(cat("list ", path), ENOENT);
  std::vector<DirEntry> entries;
  for (const std::string& name : names(path)) {
    const Inode& inode = inodes_[names_.at(cat(path, "/", name))];
    entries.push_back({name, inode.modified_seconds});
  }
  if (auto ended = end_step(); !ended) return tl::unexpected(ended.error());
  return entries;
}

Result<FreeSpace> ModelFiles::free_space() {
  if (auto begun = begin_step("free_space"); !begun) return tl::unexpected(begun.error());
  if (auto ended = end_step(); !ended) return tl::unexpected(ended.error());
  return free;
}

Result<void> ModelFiles::begin_step(std::string step) {
  if (!is_alive()) return fail_errno(std::move(step), EIO);
  steps_.push_back(step);
  if (const auto failure = failures_.find(steps_.size()); failure != failures_.end()) {
    failed_steps_.push_back(step);
    return fail_errno(std::move(step), failure->second);
  }
  if (on_end && (steps_.size() == power_loss_ || steps_.size() == death_)) on_end();
  if (steps_.size() == power_loss_) has_power_ = false;
  if (steps_.size() == death_) {
    is_dead_ = true;
    if (choose(2) == 1) return fail_errno(std::move(step), EIO);
  }
  return {};
}

Result<void> ModelFiles::end_step() const {
  if (is_alive()) return {};
  return fail_errno("power lost", EIO);
}

ModelFiles::InodeNumber ModelFiles::make_inode(const std::string& path) {
  inodes_.push_back({path, "", "", {}, {}, false, now_seconds});
  const InodeNumber inode = inodes_.size() - 1;
  change_name({inode, "", path});
  return inode;
}

void ModelFiles::change_name(NameChange change) {
  apply(change, names_);
  pending_.push_back(std::move(change));
}

// Makes the changes in directory durable, and before each of them the earlier ones of the same
// file: a file that has moved for good can never be found again where it was.
void ModelFiles::settle_names(const std::string& directory) {
  std::map<InodeNumber, std::size_t> last_change;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const NameChange& change = pending_[i];
    if (concerns(change.gone, directory) || concerns(change.come, directory)) {
      last_change[change.inode] = i;
    }
  }
  std::vector<NameChange> still_pending;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const auto last = last_change.find(pending_[i].inode);
    if (last != last_change.end() && i <= last->second) {
      apply(pending_[i], durable_names_);
    } else {
      still_pending.push_back(std::move(pending_[i]));
    }
  }
  pending_ = std::move(still_pending);
}

void ModelFiles::apply(const NameChange& change, Names& names) {
  if (!change.gone.empty()) names.erase(change.gone);
  if (!change.come.empty()) names[change.come] = change.inode;
}

void ModelFiles::save(Inode& inode) {
  inode.durable.resize(inode.content.size());
  for (const std::size_t number : inode.dirty) {
    const std::size_t begin = number * page;
    inode.durable.replace(begin, page, inode.content, begin, page);
  }
  inode.dirty.clear();
}

void ModelFiles::lose_writes_of(Inode& inode) {
  inode.lost.merge(inode.dirty);
  inode.dirty.clear();
  inode.owes_error = true;
}

}  // namespace postern::test
