// SPDX-License-Identifier: ISC
//
// gateway/board.cpp - what the gateway lets others see of itself.

#include "gateway/board.h"

#include <utility>

namespace postern::gateway {

namespace {

// In the order of the page.
constexpr std::array fields{
    &Totals::opened,     &Totals::denied,  &Totals::retransmissions,    &Totals::octets_in,
    &Totals::octets_out, &Totals::dropped, &Totals::lookups_unanswered,
};

}  // namespace

Totals Totals::since(const Totals& before) const {
  Totals difference;
  for (const auto field : fields) difference.*field = this->*field - before.*field;
  return difference;
}

const SharedMemory::Layout Board::layout{
    .name = "postern-appletalk", .number = 1, .size = sizeof(Page)};

Board::Board() : Board(UniqueFd{}) {}

Board::Board(UniqueFd fd)
    : memory_(SharedMemory::adopt_or_create(std::move(fd), layout)),
      page_(static_cast<Page*>(memory_.get())) {
  static_assert(fields.size() == std::tuple_size_v<decltype(Page::totals)>);
}

void Board::write(const Sight& sight) {
  page_->net.store(sight.net);
  page_->node.store(sight.node);
  page_->router.store(sight.router);
  page_->zone.set(sight.zone);
  for (std::size_t i = 0; i < most_names; ++i) {
    const bool is_used = i < sight.names.size();
    page_->names[i].name.set(is_used ? sight.names[i].name : "");
    page_->names[i].state.set(is_used ? sight.names[i].state : "");
  }
  for (std::size_t i = 0; i < most_services; ++i) {
    const bool is_used = i < sight.services.size();
    page_->services[i].to.set(is_used ? sight.services[i].to : "");
    page_->services[i].channels.store(is_used ? sight.services[i].channels : 0);
    page_->services[i].limit.store(is_used ? sight.services[i].limit : 0);
  }
  page_->is_there.store(sight.is_there ? 1 : 0);
}

void Board::add(const Totals& more) {
  for (std::size_t i = 0; i < fields.size(); ++i) page_->totals[i].fetch_add(more.*fields[i]);
}

Sight Board::read() const {
  Sight sight;
  sight.is_there = page_->is_there.load() != 0;
  sight.net = static_cast<std::uint16_t>(page_->net.load());
  sight.node = node();
  sight.router = static_cast<std::uint8_t>(page_->router.load());
  sight.zone = page_->zone.get();
  for (const Name& name : page_->names) {
    if (std::string text = name.name.get(); !text.empty()) {
      sight.names.push_back({std::move(text), name.state.get()});
    }
  }
  for (const Service& service : page_->services) {
    if (std::string to = service.to.get(); !to.empty()) {
      sight.services.push_back({std::move(to), service.channels.load(), service.limit.load()});
    }
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    sight.totals.*fields[i] = page_->totals[i].load();
  }
  return sight;
}

std::uint8_t Board::node() const {
  return static_cast<std::uint8_t>(page_->node.load());
}

}  // namespace postern::gateway
