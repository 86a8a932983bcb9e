#include "spool/journal_committer.h"
namespace postern::spool {
Result<std::unique_ptr<JournalCommitter>> JournalCommitter::start(Setup, JournalSlot,
                                                                  std::uint64_t) {
  return fail(Errc::permanent, "the journal is not built yet");
}
std::size_t JournalCommitter::most_in_memory() const {
  return 0;
}
void JournalCommitter::submit(WrittenMessage, Completion) {}
void JournalCommitter::flush() {}
bool JournalCommitter::has_waiting() const {
  return false;
}
std::optional<Committer::TimePoint> JournalCommitter::next_deadline() const {
  return {};
}
void JournalCommitter::on_timer() {}
void JournalCommitter::shut_down() {}
bool JournalCommitter::is_shut_down() const {
  return true;
}
}  // namespace postern::spool
