// SPDX-License-Identifier: ISC
//
// t/unit/model_journal.cpp - the journal's files on the disk of ModelFiles, and who syncs them.

#include "model_journal.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"

namespace postern::test {

namespace {

constexpr std::size_t page = 4096;

const Result<void> gone = fail(Errc::permanent, "the process that flushes is gone");

}  // namespace

class ModelJournal::File final : public JournalFile {
 public:
  File(ModelJournal& journal, std::string name, std::uint64_t size)
      : journal_(journal), name_(std::move(name)), size_(size) {
    journal_.held_.insert(name_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() override { journal_.held_.erase(name_); }

  std::uint64_t size() const override { return size_; }
  int fd() const override { return -1; }

  Result<void> write(std::uint64_t offset, std::span<const std::string_view> pieces) override {
    std::string all;
    for (const std::string_view piece : pieces) all += piece;
    return journal_.write(name_, offset, all);
  }

  void stop_reading() override { may_read_ = false; }

  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    if (!may_read_) return fail_errno("read", EBADF);
    if (auto begun = journal_.disk_.begin_step(cat("read journal/", name_)); !begun) {
      return tl::unexpected(begun.error());
    }
    if (auto ended = journal_.disk_.end_step(); !ended) return tl::unexpected(ended.error());
    const Inode& inode = journal_.files_.at(name_);
    const std::string& content = inode.content;
    const auto bad = inode.bad.lower_bound(offset / page);
    if (bad != inode.bad.end() && *bad * page < offset + size) return fail_errno("read", EIO);
    return offset > content.size() ? std::string{} : content.substr(offset, size);
  }

  Result<void> sync() override { return journal_.sync(name_, owner); }
  Result<UniqueFd> open_again() const override { return UniqueFd{}; }

 private:
  ModelJournal& journal_;
  std::string name_;
  std::uint64_t size_;
  bool may_read_ = true;
};

void ModelJournal::restart() {
  held_.clear();
  for (auto& [name, inode] : files_) {
    inode.dirty.merge(inode.lost);
    for (const std::size_t number : inode.dirty) {
      const std::size_t begin = number * page;
      const std::size_t size = std::min(page, inode.content.size() - begin);
      const std::size_t fate = disk_.choose(3);
      if (fate == 0) continue;
      const std::size_t from = fate == 1 ? 0 : disk_.choose(size);
      const std::size_t octets = fate == 1 ? size : disk_.choose(size - from + 1);
      inode.durable.replace(begin + from, octets, inode.content, begin + from, octets);
    }
    inode.content = inode.durable;
    inode.dirty.clear();
    inode.lost.clear();
    inode.owes_error = {};
  }
}

std::string ModelJournal::content(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? "" : found->second.content;
}

void ModelJournal::cut_short(const std::string& name, std::size_t size) {
  Inode& inode = files_.at(name);
  inode.content.resize(size);
  inode.durable.resize(size);
}

void ModelJournal::damage(const std::string& name, std::size_t offset, std::size_t octets) {
  Inode& inode = files_.at(name);
  for (std::string* text : {&inode.content, &inode.durable}) {
    text->replace(offset, octets, octets, '!');
  }
}

Result<void> ModelJournal::write(const std::string& name, std::uint64_t offset,
                                 std::string_view octets) {
  Inode& inode = files_.at(name);
  auto begun = disk_.begin_step(cat("write journal/", name));
  // A part may have been written all the same.
  if (!begun && disk_.is_alive()) octets = octets.substr(0, disk_.choose(octets.size() + 1));
  if (!begun && !disk_.is_alive()) return begun;
  inode.content.replace(offset, octets.size(), octets);
  for (std::size_t number = offset / page; number * page < offset + octets.size(); ++number) {
    inode.dirty.insert(number);
    inode.lost.erase(number);
  }
  return begun ? disk_.end_step() : begun;
}

Result<void> ModelJournal::sync(const std::string& name, Description description) {
  Inode& inode = files_.at(name);
  auto begun = disk_.begin_step(cat("sync journal/", name));
  if (!begun && !disk_.is_alive()) return begun;
  for (const std::size_t number : std::exchange(inode.dirty, {})) {
    if (!begun && disk_.choose(2) == 1) {
      inode.lost.insert(number);
    } else if (disk_.has_power()) {
      inode.durable.replace(number * page, page, inode.content, number * page, page);
    } else {
      inode.dirty.insert(number);
    }
  }
  if (!begun) {
    inode.owes_error.fill(true);
    inode.owes_error[description] = false;
    return begun;
  }
  if (std::exchange(inode.owes_error[description], false)) return fail_errno("sync", EIO);
  return disk_.end_step();
}

Result<std::vector<std::string>> ModelJournal::list() {
  if (auto begun = disk_.begin_step("list journal"); !begun) return tl::unexpected(begun.error());
  if (auto ended = disk_.end_step(); !ended) return tl::unexpected(ended.error());
  std::vector<std::string> names;
  for (const auto& file : files_) names.push_back(file.first);
  return names;
}

Result<std::unique_ptr<JournalFile>> ModelJournal::open(const std::string& name) {
  auto begun = disk_.begin_step(cat("open journal/", name));
  if (!begun) return tl::unexpected(begun.error());
  if (auto ended = disk_.end_step(); !ended) return tl::unexpected(ended.error());
  const auto found = files_.find(name);
  if (found == files_.end() || held_.contains(name)) return nullptr;
  return std::make_unique<File>(*this, name, found->second.content.size());
}

Result<std::unique_ptr<JournalFile>> ModelJournal::create(const std::string& name,
                                                          std::uint64_t size) {
  auto begun = disk_.begin_step(cat("create journal/", name));
  if (!begun) return tl::unexpected(begun.error());
  if (files_.contains(name)) return fail_errno("create", EEXIST);
  if (!disk_.is_alive() && disk_.choose(2) == 1) size = disk_.choose(size);
  const std::string zeros(size, '\0');
  files_[name] = {zeros, zeros, {}, {}, {}, {}};
  if (auto ended = disk_.end_step(); !ended) return tl::unexpected(ended.error());
  return std::make_unique<File>(*this, name, size);
}

Result<void> ModelJournal::rename(const std::string& from, const std::string& to) {
  if (auto begun = disk_.begin_step(cat("rename journal/", from)); !begun) return begun;
  if (files_.contains(to)) return fail_errno("rename", EEXIST);
  auto node = files_.extract(from);
  node.key() = to;
  files_.insert(std::move(node));
  return disk_.end_step();
}

Result<void> ModelJournal::remove(const std::string& name) {
  if (auto begun = disk_.begin_step(cat("remove journal/", name)); !begun) return begun;
  files_.erase(name);
  return disk_.end_step();
}

void ModelFlusher::kill_syncs() {
  if (sync_done_ && disk_.choose(2) == 1) (void)sync_records();
  has_syncs_ = false;
}

void ModelFlusher::kill_checkpoints() {
  if (checkpoint_done_ && disk_.choose(2) == 1) {
    (void)(is_spool_synced_ ? write_block(block_) : sync_spool());
  }
  has_checkpoints_ = false;
}

void ModelFlusher::finish_sync() {
  const auto done = std::exchange(sync_done_, nullptr);
  done(has_syncs_ ? sync_records() : gone);
}

void ModelFlusher::go_on_with_checkpoint() {
  if (!has_checkpoints_) return end_checkpoint(gone);
  if (is_spool_synced_) return end_checkpoint(write_block(block_));
  const auto synced = sync_spool();
  if (!synced) return end_checkpoint(synced);
  is_spool_synced_ = true;
}

void ModelFlusher::end_checkpoint(const Result<void>& outcome) {
  if (outcome) ++checkpoints_;
  const auto done = std::exchange(checkpoint_done_, nullptr);
  done(outcome);
}

Result<void> ModelFlusher::write_block(const HeaderBlock& block) {
  if (auto written = journal_.write(slot_, block.offset, block.octets); !written) return written;
  return journal_.sync(slot_, ModelJournal::checkpointer);
}

}  // namespace postern::test
