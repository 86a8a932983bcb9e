// SPDX-License-Identifier: ISC
//
// auth/helper.cpp - the process that checks passwords.

#include "auth/helper.h"

#include <string.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "auth/helper_protocol.h"
#include "base/log.h"
#include "base/secret.h"

namespace postern::auth {

namespace {

using Buffer = std::array<char, max_packet>;

// The length of the next packet, which exceeds the buffer's if the packet was cut; 0 at the end.
std::size_t receive(int fd, Buffer& buffer) {
  for (;;) {
    const ssize_t octets = ::recv(fd, buffer.data(), buffer.size(), MSG_TRUNC);
    if (octets >= 0) return static_cast<std::size_t>(octets);
    if (errno == EINTR) continue;
    // A worker that dies with answers unread resets the socket: its end, and no fault of ours.
    if (errno != ECONNRESET) {
      log::write(log::Level::error, "auth_helper_failed",
                 {{"error", std::generic_category().message(errno)}});
    }
    return 0;
  }
}

// An answer that nobody waits for any more is dropped; recv then sees the end.
void send_answer(int fd, const Answer& answer) {
  const std::string packet = encode_answer(answer);
  ssize_t sent = 0;
  do {
    sent = ::send(fd, packet.data(), packet.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
}

std::optional<Answer> answer_to(std::string_view packet, const Users& users) {
  auto question = decode_question(packet);
  if (!question) return std::nullopt;
  const bool is_valid = verify(users, question->credentials);
  wipe(question->credentials.password);
  return Answer{question->ticket, is_valid};
}

}  // namespace

void run_helper(int fd, const Users& users) {
  Buffer buffer{};
  while (const std::size_t octets = receive(fd, buffer)) {
    std::optional<Answer> answer;
    if (octets <= buffer.size()) answer = answer_to({buffer.data(), octets}, users);
    ::explicit_bzero(buffer.data(), buffer.size());
    if (answer) send_answer(fd, *answer);
  }
}

}  // namespace postern::auth
