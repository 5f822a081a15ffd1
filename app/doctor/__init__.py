"""`mereq doctor`: whether the devices and the machine are as the application needs them."""
