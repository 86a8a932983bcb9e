// SPDX-License-Identifier: ISC
//
// spool/message_writer.h - one message on its way into the spool.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_ops.h"
#include "base/result.h"
#include "spool/message_name.h"
#include "spool/tmp_file.h"

namespace postern::spool {

// A complete message, not yet durable, not yet visible: a file in tmp/, or only its text in memory.
// Whoever holds it owns the file: if it goes without release(), the file is removed.
class WrittenMessage {
 public:
  WrittenMessage(TmpFile file, std::string new_path)
      : file_(std::move(file)), new_path_(std::move(new_path)) {}
  WrittenMessage(std::string text, const MessageName& name)
      : text_(std::move(text)),
        tmp_path_(name.tmp_path()),
        new_path_(name.new_path(text_.size())) {}

  bool is_file() const { return file_.has_value(); }

  int fd() const { return file_->fd(); }  // of a file
  // "tmp/<seconds>.<id>.<host>"; of a message in memory: where it may be created.
  const std::string& tmp_path() const { return file_ ? file_->path() : tmp_path_; }
  const std::string& new_path() const { return new_path_; }  // "new/...,S=<size>"
  const std::string& text() const { return text_; }          // of a message in memory

  // The file has moved into new/ and stays; tmp_path is empty from now on.
  void release() { file_->release(); }

 private:
  std::optional<TmpFile> file_;
  std::string text_;
  std::string tmp_path_;
  std::string new_path_;
};

// Writes one message: a file in tmp/ that is removed again unless finish succeeded, or only text in
// memory.  Small pieces are gathered.  After an error only destruction is left.
class MessageWriter {
 public:
  // Octets that may wait in memory before they are written to a file.
  static constexpr std::size_t max_waiting = std::size_t{64} * 1024;

  // A message of up to most_in_memory octets stays in memory; the file is created when it grows
  // beyond that.  0: the file is created now.
  static Result<MessageWriter> create(FileOps& files, const MessageName& name,
                                      std::size_t most_in_memory = 0);

  // Appends octets as they are: envelope and trace fields, lines ending in LF; and the text of
  // a message that came as BINARYMIME (RFC 3030 3), whose octets are nobody's to change.
  Result<void> append(std::string_view octets);

  // Appends message text from the wire, CRLF becoming LF.  Every CR of wire must stand before
  // an LF (smtp::DataDecoder sees to it); the two may come in different calls.
  Result<void> append_text(std::string_view wire);

  // Writes what still waits.  The size in the final name is that of the file.
  Result<WrittenMessage> finish() &&;

 private:
  MessageWriter(FileOps& files, const MessageName& name, std::size_t most_in_memory)
      : files_(&files), name_(name), most_in_memory_(most_in_memory) {}

  Result<void> create_file();
  Result<void> write_waiting();

  FileOps* files_;
  MessageName name_;
  std::size_t most_in_memory_;
  std::optional<TmpFile> file_;  // nothing: all of it waits in memory
  std::string waiting_;
  std::uint64_t size_ = 0;  // of the file once nothing waits
};

}  // namespace postern::spool
