import { useState } from 'react';

/** React 19 sets attributes and properties of custom elements, and hears their events as `on` with the event's name. */
export function App() {
  const [unread, setUnread] = useState(0);
  return (
    <>
      <h1>Back office</h1>
      <belfry-bell
        label="Messages"
        preferences={{ sound: { minSeverity: 'critical' } }}
        onbelfry-counts={({ detail }) => setUnread(detail.unread.count)}
      />
      <p><output>{unread}</output> unread</p>
    </>
  );
}
