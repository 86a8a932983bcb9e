// SPDX-License-Identifier: ISC
//
// spool/delivery.cpp - a message of the journal on its way into the Maildir.

#include "spool/delivery.h"

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "spool/tmp_file.h"

namespace postern::spool {

namespace {

Result<TmpFile> create(FileOps& files, const std::string& path) {
  auto file = TmpFile::create(files, path);
  if (file || file.error().sys_errno != EEXIST) return file;
  if (auto removed = files.remove(path); !removed) {
    return tl::unexpected(std::move(removed.error()));
  }
  return TmpFile::create(files, path);
}

}  // namespace

std::string other_path(const Delivery& delivery) {
  const std::size_t size = delivery.new_path.rfind(",S=");
  return cat(std::string_view{delivery.new_path}.substr(0, size), "~", delivery.sequence,
             std::string_view{delivery.new_path}.substr(size));
}

Result<void> deliver(FileOps& files, const Delivery& delivery, WrittenMark* written) {
  auto file = create(files, delivery.tmp_path);
  if (!file) return tl::unexpected(std::move(file.error()));
  if (auto appended = file->append(delivery.text); !appended) return appended;
  const std::uint64_t before = written == nullptr ? 0 : written->exchange(delivery.sequence);
  auto renamed = files.rename(delivery.tmp_path, delivery.new_path);
  if (!renamed && renamed.error().sys_errno == EEXIST) {
    renamed = files.rename(delivery.tmp_path, other_path(delivery));
  }
  if (renamed) {
    file->release();
    return {};
  }
  // In this order: a mark without its file in tmp/ says that the rename is done.
  if (written != nullptr) written->store(before);
  return renamed;
}

}  // namespace postern::spool
