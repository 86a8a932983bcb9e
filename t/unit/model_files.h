// SPDX-License-Identifier: ISC
//
// t/unit/model_files.h - a disk in memory that fails and loses power where a test says.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_ops.h"

namespace postern::test {

// FileOps as a Linux file system keeps its promises, and no better:
//
// - What was written is durable after sync_file or sync_all.  Else the file may have any size
// between
//   the durable and the latest, and each page of it what is durable, or the latest; where nothing
//   is durable, zeros or rubbish.
// - A name that was made, moved or removed is so for good after sync_directory of a directory
//   it concerns, or sync_all; else it may or may not have happened, each name by itself.  A move is
//   atomic: there is never both name or none.  A directory's own name is one of its parent's.
// - sync_file says nothing about names, sync_directory nothing about content.
// - A sync that failed has lost what it should have written, and the loss is reported once: a
//   second sync of the file succeeds, without the content, unless it was written again.
//
// Each call is a step; steps count from 1.  What survives depends on the seed alone.
class ModelFiles final : public FileOps {
 public:
  explicit ModelFiles(unsigned seed = 1) : random_(seed) {}

  // This step does nothing but report sys_errno.  More than one may fail.
  void fail_step(std::size_t number, int sys_errno) { failures_[number] = sys_errno; }

  // Opening this file for writing is not permitted any more.
  void protect(const std::string& path) { protected_.insert(path); }

  // Nor reading it.
  void hide(const std::string& path) { hidden_.insert(path); }

  // Power goes while this step is under way: it may have had its effect, and its caller, as
  // everybody later, hears only of an error.
  void lose_power_in_step(std::size_t number) { power_loss_ = number; }
  bool has_power() const { return has_power_; }

  // What a power failure leaves of the disk, as it is when the machine starts again.  Also
  // allowed with the power on: then it fails now.  No step fails any more.
  void restart();

  // The process dies while this step is under way, which had its effect or not; the system lives
  // on.  All later steps fail until revive.
  void die_in_step(std::size_t number) { death_ = number; }
  void revive();
  bool is_alive() const { return has_power_ && !is_dead_; }
  // Called when the power goes or the process dies, before the step has any effect.
  std::function<void()> on_end;

  // Others that lose power and fail with this one: a step of theirs.
  Result<void> begin_step(std::string step);
  // An error if the power went during the step that began last.
  Result<void> end_step() const;
  std::size_t choose(std::size_t choices) { return random_() % choices; }

  // All steps so far, as "rename tmp/a new/b", and those of them that failed.
  const std::vector<std::string>& steps() const { return steps_; }
  const std::vector<std::string>& failed_steps() const { return failed_steps_; }

  std::vector<std::string> names(const std::string& directory) const;
  std::string content(const std::string& path) const;

  std::int64_t now_seconds = 1'000'000'000;  // what changed files are dated
  FreeSpace free{};

  Result<UniqueFd> create(const std::string& path) override;
  Result<void> append(int fd, std::string_view data) override;
  Result<UniqueFd> open(const std::string& path) override;
  Result<void> write_at(int fd, std::uint64_t offset, std::string_view data) override;
  Result<std::string> read(const std::string& path) override;
  Result<void> sync_file(int fd) override;
  Result<void> sync_all() override;
  Result<void> sync_directory(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> make_directory(const std::string& path) override;
  Result<std::vector<DirEntry>> list(const std::string& path) override;
  Result<FreeSpace> free_space() override;

 private:
  using InodeNumber = std::size_t;

  struct Inode {
    std::string path;  // its first, for steps()
    std::string content;
    std::string durable;          // what survives for certain
    std::set<std::size_t> dirty;  // pages that a sync would save
    std::set<std::size_t> lost;   // pages that none will, unless they are written again
    bool owes_error = false;      // the next sync_file reports the loss
    std::int64_t modified_seconds = 0;
  };

  // A name that comes, goes or both at once.
  struct NameChange {
    InodeNumber inode;
    std::string gone;
    std::string come;
  };
  using Names = std::map<std::string, InodeNumber>;

  InodeNumber make_inode(const std::string& path);
  void change_name(NameChange change);
  void settle_names(const std::string& directory);
  static void apply(const NameChange& change, Names& names);
  Result<UniqueFd> open_inode(InodeNumber inode);
  void write_into(Inode& inode, std::size_t offset, std::string_view data) const;
  void lose_power_of(Inode& inode);
  static void save(Inode& inode);
  static void lose_writes_of(Inode& inode);

  std::mt19937 random_;
  std::vector<std::string> steps_;
  std::vector<std::string> failed_steps_;
  std::map<std::size_t, int> failures_;  // step number -> errno
  std::set<std::string> protected_;
  std::set<std::string> hidden_;
  std::size_t power_loss_ = 0;
  bool has_power_ = true;
  std::size_t death_ = 0;
  bool is_dead_ = false;
  std::vector<Inode> inodes_;
  Names names_;                      // as programs see them
  Names durable_names_;              // as they are on stable storage
  std::vector<NameChange> pending_;  // what leads from the one to the other, in order
  std::map<int, InodeNumber> open_;
};

}  // namespace postern::test
