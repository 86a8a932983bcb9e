// SPDX-License-Identifier: ISC
//
// server/scoreboard.cpp - the memory that all processes share.

#include "server/scoreboard.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/log.h"
#include "base/random.h"

namespace postern::server {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

constexpr policy::AdmissionTable::Owner supervisor = Scoreboard::max_workers + 1;

}  // namespace

static_assert(std::atomic<std::uint32_t>::is_always_lock_free &&
                  std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock would not work between processes");

const SharedMemory::Layout Scoreboard::layout{
    .name = "postern-scoreboard", .number = 2, .size = sizeof(Page)};

Scoreboard::Scoreboard(UniqueFd fd)
    : memory_(fd.is_open() ? adopt(std::move(fd)) : create()),
      page_(static_cast<Page*>(memory_.get())) {}

// Fresh memory is zero, and so is nearly all that is in it.
SharedMemory Scoreboard::create() {
  SharedMemory memory = SharedMemory::create_or_abort(layout);
  auto* page = static_cast<Page*>(memory.get());
  page->started.store(std::time(nullptr));
  page->admission.seed = random_number();
  return memory;
}

SharedMemory Scoreboard::adopt(UniqueFd fd) {
  auto memory = SharedMemory::adopt(std::move(fd), layout);
  if (memory) return std::move(*memory);
  log::write(log::Level::warning, "counts_lost", {{"reason", memory.error().message()}});
  return create();
}

void Scoreboard::open_channel(std::size_t row, std::size_t listener) {
  page_->rows[row].channels[listener].fetch_add(1, relaxed);
}

void Scoreboard::close_channel(std::size_t row, std::size_t listener) {
  page_->rows[row].channels[listener].fetch_sub(1, relaxed);
}

std::uint32_t Scoreboard::channels(std::size_t listener) const {
  std::uint32_t sum = 0;
  for (const Row& row : page_->rows) sum += row.channels[listener].load(relaxed);
  return sum;
}

Statistics Scoreboard::statistics(std::size_t row) const {
  return Statistics{page_->rows[row].cells};
}

void Scoreboard::add_totals(StatisticsCells& sum) const {
  sum.add(page_->past);
  for (const Row& row : page_->rows) sum.add(row.cells);
}

SessionBoard Scoreboard::sessions() const {
  return SessionBoard{page_->sessions};
}

TraceList Scoreboard::traces() const {
  return TraceList{page_->traces};
}

void Scoreboard::open_row(std::size_t row, std::uint64_t generation) {
  page_->rows[row].generation.store(generation, relaxed);
  beat(row);
}

std::uint32_t Scoreboard::workers(std::uint64_t generation) const {
  return static_cast<std::uint32_t>(std::count_if(
      page_->rows.begin(), page_->rows.end(),
      [generation](const Row& row) { return row.generation.load(relaxed) == generation; }));
}

std::uint32_t Scoreboard::workers_before(std::uint64_t generation) const {
  return static_cast<std::uint32_t>(
      std::count_if(page_->rows.begin(), page_->rows.end(), [generation](const Row& row) {
        const std::uint64_t of = row.generation.load(relaxed);
        return of != 0 && of < generation;
      }));
}

void Scoreboard::beat(std::size_t row) {
  page_->rows[row].beat.store(Clock::now().time_since_epoch().count(), relaxed);
}

Scoreboard::Clock::time_point Scoreboard::last_beat(std::size_t row) const {
  return Clock::time_point{Clock::duration{page_->rows[row].beat.load(relaxed)}};
}

void Scoreboard::set_failure(std::string_view text) {
  page_->failure.set(text);
}

std::string Scoreboard::failure() const {
  return page_->failure.get();
}

void Scoreboard::set_readiness(std::size_t column, std::string_view why) {
  page_->readiness[column].set(why);
}

std::string Scoreboard::readiness(std::size_t column) const {
  return page_->readiness[column].get();
}

void Scoreboard::set_reload_begun(Clock::time_point time) {
  page_->reload_begun.store(time.time_since_epoch().count());
}

Scoreboard::Clock::time_point Scoreboard::reload_begun() const {
  return Clock::time_point{Clock::duration{page_->reload_begun.load()}};
}

void Scoreboard::clear_unused(const std::function<bool(std::size_t)>& is_used) {
  for (std::size_t row = 0; row < max_workers; ++row) {
    if (is_used(row)) continue;
    Row& unused = page_->rows[row];
    for (auto& counter : unused.channels) {
      if (counter.load(relaxed) != 0) counter.store(0, relaxed);  // else the page stays untouched
    }
    if (unused.generation.load(relaxed) != 0) unused.generation.store(0, relaxed);
  }
}

void Scoreboard::clear_row(std::size_t row) {
  Row& dead = page_->rows[row];
  for (auto& counter : dead.channels) counter.store(0, relaxed);
  dead.generation.store(0, relaxed);
  dead.beat.store(0, relaxed);
  page_->past.add(dead.cells);  // a reader in between counts twice for a moment
  dead.cells.clear();
  sessions().clear(row);
  admission().forget(owner(row), supervisor);
}

}  // namespace postern::server
