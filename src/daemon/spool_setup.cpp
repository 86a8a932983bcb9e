// SPDX-License-Identifier: ISC
//
// daemon/spool_setup.cpp - the spool, made and cleaned before anybody serves from it.

#include "daemon/spool_setup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string_view>

#include "base/file_ops.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/privileges.h"
#include "spool/directories.h"
#include "spool/recovery.h"

namespace postern::daemon {

namespace {

// Mail that is safe in a directory is lost if the directory's own name is.
Result<void> sync_parent(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path();
  const UniqueFd fd{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd.is_open() || ::fsync(fd.get()) != 0) return fail_errno(cat("fsync ", parent), errno);
  return {};
}

Result<void> make_owned(const std::string& path, const sandbox::User& user) {
  if (::mkdir(path.c_str(), 0700) == 0) {
    if (::geteuid() == 0 && ::lchown(path.c_str(), user.uid, user.gid) != 0) {
      return fail_errno(cat("change owner of ", path), errno);
    }
    return sync_parent(path);
  }
  if (errno != EEXIST) return fail_errno(cat("make directory ", path), errno);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return fail_errno(cat("look at ", path), errno);
  if (!S_ISDIR(status.st_mode)) {
    return fail(Errc::permanent, cat(path, " is there, but is no directory"));
  }
  if (status.st_uid != user.uid) {
    return fail(Errc::permanent, cat("directory ", path, " belongs to user id ", status.st_uid,
                                     ", not to ", user.uid, ", whom posternd runs as; chown it"));
  }
  return {};
}

// A link would lead whoever cleans up to other people's files.  spool is a descriptor of the root.
Result<void> check_no_links(int spool, const std::string& path) {
  for (const std::string_view name : {"tmp", "new", "cur", "journal"}) {
    struct stat status {};
    const bool is_there = ::fstatat(spool, name.data(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    // It was made if it is wanted.
    if (!is_there && errno == ENOENT && name == "journal") continue;
    if (!is_there) return fail_errno(cat("look at ", path, "/", name), errno);
    if (!S_ISDIR(status.st_mode)) {
      return fail(Errc::permanent, cat(path, "/", name, " is no directory; if it is a symbolic ",
                                       "link, put the whole spool where it leads"));
    }
  }
  return {};
}

}  // namespace

// Below the spool's root everything is done as the user: root following a link that the user has
// put there could be made to remove other people's files.
Result<void> set_up_spool(const conf::Config& config) {
  const auto user = sandbox::find_user(config.user);
  if (!user) return tl::unexpected(user.error());
  if (auto made = make_owned(config.spool.path, *user); !made) return made;
  auto files = open_file_ops(config.spool.path);  // first: the way there may be open to root only
  if (!files) return tl::unexpected(files.error());
  const UniqueFd root{::open(config.spool.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  const auto acting = sandbox::ActingAs::begin(*user);
  if (!acting) return tl::unexpected(acting.error());
  if (auto prepared = spool::prepare_directories(**files); !prepared) return prepared;
  if (config.spool.engine == conf::SpoolEngine::journal) {
    if (auto prepared = spool::prepare_journal_directory(**files); !prepared) return prepared;
  }
  if (auto checked = check_no_links(root.get(), config.spool.path); !checked) return checked;
  const auto now = std::chrono::system_clock::now();
  const auto swept = spool::recover(**files, now, spool::maildir_stale_after);
  if (!swept) return tl::unexpected(swept.error());
  if (swept->removed > 0) {
    log::write(log::Level::info, "spool_swept", {{"removed", swept->removed}});
  }
  return {};
}

}  // namespace postern::daemon
