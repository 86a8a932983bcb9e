// SPDX-License-Identifier: ISC
//
// spool/message_writer.h - one message on its way into tmp/.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_ops.h"
#include "base/result.h"
#include "spool/message_name.h"
#include "spool/tmp_file.h"

namespace postern::spool {

// A complete message in tmp/, not yet durable, not yet visible.  Whoever holds it owns the
// file: if it goes without release(), the file is removed.
class WrittenMessage {
 public:
  WrittenMessage(TmpFile file, std::string new_path)
      : file_(std::move(file)), new_path_(std::move(new_path)) {}

  int fd() const { return file_.fd(); }
  const std::string& tmp_path() const { return file_.path(); }  // "tmp/<seconds>.<id>.<host>"
  const std::string& new_path() const { return new_path_; }     // "new/...,S=<size>"

  // The file has moved into new/ and stays; tmp_path is empty from now on.
  void release() { file_.release(); }

 private:
  TmpFile file_;
  std::string new_path_;
};

// Writes one message: a file in tmp/ that is removed again unless finish succeeded.  Small
// pieces are gathered.  After an error only destruction is left.
class MessageWriter {
 public:
  // Octets that may wait in memory before they are written.
  static constexpr std::size_t max_waiting = std::size_t{64} * 1024;

  // Creates the file.
  static Result<MessageWriter> create(FileOps& files, const MessageName& name);

  // Appends octets as they are: envelope and trace fields, lines ending in LF; and the text of
  // a message that came as BINARYMIME (RFC 3030 3), whose octets are nobody's to change.
  Result<void> append(std::string_view octets);

  // Appends message text from the wire, CRLF becoming LF.  Every CR of wire must stand before
  // an LF (smtp::DataDecoder sees to it); the two may come in different calls.
  Result<void> append_text(std::string_view wire);

  // Writes what still waits.  The size in the final name is that of the file.
  Result<WrittenMessage> finish() &&;

 private:
  MessageWriter(TmpFile file, const MessageName& name) : file_(std::move(file)), name_(name) {}

  Result<void> write_waiting();

  TmpFile file_;
  MessageName name_;
  std::string waiting_;
  std::uint64_t size_ = 0;  // of the file once nothing waits
};

}  // namespace postern::spool
