// SPDX-License-Identifier: ISC
//
// server/session_board.cpp - who is connected, for all processes to see.
//
// A slot is a sequence lock: the writer makes the sequence odd, writes, and makes it even; what a
// reader copied in between is good if the sequence was even and has not changed.

#include "server/session_board.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

namespace postern::server {

namespace {

using Image = SessionBoard::Image;
using Slot = SessionBoard::Slot;
using Words = std::array<std::uint64_t, Slot::words>;

// A reader that has failed so often met a writer that died.
constexpr int attempts = 100;

constexpr std::uint8_t activities = static_cast<std::uint8_t>(Activity::commit) + 1;

template <std::size_t Size>
void copy_text(std::array<char, Size>& to, std::string_view text) {
  to.fill('\0');
  std::copy_n(text.begin(), std::min(text.size(), Size - 1), to.begin());
}

template <std::size_t Size>
std::string text_of(const std::array<char, Size>& from) {
  return {from.begin(), std::find(from.begin(), from.end(), '\0')};
}

Words words_of(const SessionRecord& record) {
  Image image{};
  copy_text(image.id, record.id);
  copy_text(image.peer, record.peer);
  copy_text(image.listener, record.listener);
  copy_text(image.login, record.login);
  image.begun = record.begun;
  image.messages = record.messages;
  image.activity = static_cast<std::uint8_t>(record.activity);
  image.has_tls = record.has_tls ? 1 : 0;
  return std::bit_cast<Words>(image);
}

SessionRecord record_of(const Words& words, std::size_t row) {
  const auto image = std::bit_cast<Image>(words);
  return {.id = text_of(image.id),
          .peer = text_of(image.peer),
          .listener = text_of(image.listener),
          .login = text_of(image.login),
          // Any octet may be there, if a worker was taken over.
          .activity = static_cast<Activity>(image.activity % activities),
          .has_tls = image.has_tls != 0,
          .begun = image.begun,
          .messages = image.messages,
          .row = row};
}

std::optional<SessionRecord> read(const Slot& slot) {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const std::uint32_t owner = slot.owner.load(std::memory_order_acquire);
    if (owner == 0) return std::nullopt;
    const std::uint32_t before = slot.sequence.load(std::memory_order_acquire);
    Words words{};
    for (std::size_t i = 0; i < words.size(); ++i) {
      words[i] = slot.image[i].load(std::memory_order_relaxed);
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    const bool is_whole =
        before % 2 == 0 && before == slot.sequence.load(std::memory_order_relaxed);
    if (is_whole) return record_of(words, owner - 1);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Activity activity) {
  switch (activity) {
    case Activity::opening: return "opening";
    case Activity::waiting: return "waiting";
    case Activity::login: return "login";
    case Activity::transaction: return "transaction";
    case Activity::text: return "text";
    case Activity::commit: return "commit";
  }
  return "";
}

std::vector<SessionRecord> SessionBoard::list() const {
  std::vector<SessionRecord> records;
  for (const Slot& slot : *memory_) {
    auto record = read(slot);
    if (record && !record->id.empty()) records.push_back(std::move(*record));
  }
  return records;
}

void SessionBoard::clear(std::size_t row) {
  for (Slot& slot : *memory_) {
    if (slot.owner.load() != row + 1) continue;
    slot.sequence.store(0);
    for (auto& word : slot.image) word.store(0);
    slot.owner.store(0);
  }
}

SessionEntry::SessionEntry(SessionBoard board, std::size_t row) {
  for (Slot& slot : *board.memory_) {
    std::uint32_t free = 0;
    if (slot.owner.load(std::memory_order_relaxed) != 0) continue;
    if (!slot.owner.compare_exchange_strong(free, static_cast<std::uint32_t>(row) + 1)) continue;
    slot_ = &slot;
    return;
  }
}

SessionEntry::~SessionEntry() {
  if (slot_ == nullptr) return;
  write({});
  slot_->owner.store(0, std::memory_order_release);
}

void SessionEntry::write(const SessionRecord& record) {
  if (slot_ == nullptr) return;
  const Words words = words_of(record);
  slot_->sequence.fetch_add(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (std::size_t i = 0; i < words.size(); ++i) {
    slot_->image[i].store(words[i], std::memory_order_relaxed);
  }
  slot_->sequence.fetch_add(1, std::memory_order_release);
}

}  // namespace postern::server
