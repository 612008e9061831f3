#pragma once

namespace shop {

/// The price of so many items.
int price(int items);

}  // namespace shop
