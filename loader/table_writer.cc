#include "loader/table_writer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "loader/crc32c.h"
#include "loader/proto_writer.h"
#include "loader/table.h"

namespace gpt2run {
namespace {

constexpr size_t kBlockBytes = size_t{256} << 10;  // a block is ended once it has as many

size_t n_shared(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// A short key that is at least `last` and less than `next`.
std::string separator_of(std::string_view last, std::string_view next) {
  const size_t at = n_shared(last, next);
  if (at < std::min(last.size(), next.size())) {
    const auto byte = static_cast<unsigned char>(last[at]);
    if (byte < 0xFF && byte + 1 < static_cast<unsigned char>(next[at])) {
      return std::string(last.substr(0, at)) + static_cast<char>(byte + 1);
    }
  }
  return std::string(last);
}

// A short key that is at least `last`.
std::string successor_of(std::string_view last) {
  const size_t at = last.find_first_not_of('\xff');
  if (at == std::string_view::npos) return std::string(last);
  return std::string(last.substr(0, at)) + static_cast<char>(last[at] + 1);
}

}  // namespace

void TableWriter::Block::add(std::string_view key, std::string_view value) {
  size_t shared = 0;
  if (n_since_restart_ < restart_interval_) {
    shared = n_shared(last_key_, key);
  } else {
    restarts_.push_back(static_cast<uint32_t>(bytes_.size()));
    n_since_restart_ = 0;
  }
  append_varint(bytes_, shared);
  append_varint(bytes_, key.size() - shared);
  append_varint(bytes_, value.size());
  bytes_ += key.substr(shared);
  bytes_ += value;
  last_key_ = key;
  ++n_since_restart_;
}

std::string TableWriter::Block::finish() {
  for (const uint32_t restart : restarts_) append_little_endian(bytes_, restart, 4);
  append_little_endian(bytes_, restarts_.size(), 4);
  return std::move(bytes_);
}

// Returns the block's handle.
std::string TableWriter::append_block(const std::string& block) {
  std::string handle;
  append_varint(handle, table_.size());
  append_varint(handle, block.size());
  const char kNotCompressed = 0;
  const uint32_t crc = extend_crc32c(crc32c(block.data(), block.size()), &kNotCompressed, 1);
  table_ += block;
  table_ += kNotCompressed;
  append_little_endian(table_, mask_crc32c(crc), 4);
  return handle;
}

void TableWriter::add(std::string_view key, std::string_view value) {
  assert(last_key_.empty() || key > last_key_);
  if (!ended_block_.empty()) end_block(separator_of(last_key_, key));
  block_.add(key, value);
  last_key_ = key;
  if (block_.n_bytes() < kBlockBytes) return;
  ended_block_ = append_block(block_.finish());
  block_ = Block(16);
}

// The index gets a block only once the next key is known: the separator may be shorter than both.
void TableWriter::end_block(const std::string& separator) {
  index_.add(separator, ended_block_);
  ended_block_.clear();
}

std::string TableWriter::finish() {
  if (!block_.is_empty()) ended_block_ = append_block(block_.finish());
  const std::string metaindex = append_block(Block(1).finish());
  if (!ended_block_.empty()) end_block(successor_of(last_key_));
  std::string footer = metaindex + append_block(index_.finish());
  footer.resize(kTableFooterBytes - 8, '\0');
  append_little_endian(footer, kTableMagic, 8);
  return std::move(table_) + footer;
}

}  // namespace gpt2run
